use chrono::{DateTime, Utc};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::*;
use crate::quarantine::QuarantineReason;

/// A mail server for one connection: it notes the lines that it gets, and refuses recipients at `nowhere`.
async fn server() -> (u16, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let (read, mut write) = socket.into_split();
        let mut lines = BufReader::new(read).lines();
        write.write_all(b"220 mail.example ready\r\n").await.unwrap();
        let (mut got, mut in_data) = (Vec::new(), false);
        while let Ok(Some(line)) = lines.next_line().await {
            let word = line.get(..4).unwrap_or_default().to_owned();
            let answer = match word.as_str() {
                _ if in_data => {
                    in_data = line != ".";
                    if in_data { "" } else { "250 taken\r\n" }
                }
                "EHLO" => "250-mail.example\r\n250 8BITMIME\r\n",
                "RCPT" if line.contains("@nowhere") => "550 nobody there\r\n",
                "DATA" => {
                    in_data = true;
                    "354 go on\r\n"
                }
                "QUIT" => "221 bye\r\n",
                _ => "250 ok\r\n",
            };
            got.push(line);
            if write.write_all(answer.as_bytes()).await.is_err() || word == "QUIT" {
                break;
            }
        }
        got
    });
    (port, task)
}

fn builder(port: u16) -> MailBuilder {
    MailNotifier::builder("127.0.0.1", "Provisioning <scim@example.com>").port(port).dangerous_without_tls()
}

fn notification(job: &str) -> Notification {
    let at: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    Notification::new(job, "https://saas.example", QuarantineReason::TooManyDeletes, "21 deletes", at)
}

#[tokio::test]
async fn one_mail_to_all_recipients() {
    let (port, server) = server().await;
    let notifier = builder(port).to("one@example.com").to("Two <two@example.com>").build().unwrap();
    notifier.notify(&notification("acme")).await.unwrap();
    drop(notifier);

    let got = server.await.unwrap();
    let commands: Vec<_> =
        got.iter().filter(|line| line.contains("FROM:<") || line.contains("TO:<")).collect();
    assert_eq!(
        commands,
        ["MAIL FROM:<scim@example.com>", "RCPT TO:<one@example.com>", "RCPT TO:<two@example.com>"]
    );
    let begin = got.iter().position(|line| line == "DATA").unwrap() + 1;
    let blank = begin + got[begin..].iter().position(String::is_empty).unwrap();
    let end = blank + got[blank..].iter().position(|line| line == ".").unwrap();
    let headers = &got[begin..blank];
    for header in [
        "From: Provisioning <scim@example.com>",
        "To: one@example.com, Two <two@example.com>",
        "Subject: Provisioning job `acme` is in quarantine: TooManyDeletes",
        "Date: Thu, 01 Jan 2026 00:00:00 +0000",
        "Auto-Submitted: auto-generated",
        "Content-Type: text/plain; charset=utf-8",
    ] {
        assert!(headers.iter().any(|line| line == header), "{header}: {headers:#?}");
    }
    assert!(headers.iter().any(|line| line.starts_with("Message-ID: <")));
    // Long lines are folded as quoted-printable does (RFC 2045 §6.7).
    let body = got[blank + 1..end].join("\n").replace("=\n", "");
    assert_eq!(body.trim_end(), notification("acme").body().trim_end());
}

#[tokio::test]
async fn a_name_adds_no_header() {
    let (port, server) = server().await;
    let notifier = builder(port).to("one@example.com").build().unwrap();
    notifier.notify(&notification("Zoë\r\nBcc: all@example.com\r\n.\r\nMAIL FROM:<evil>")).await.unwrap();
    let got = server.await.unwrap();
    assert!(!got.iter().any(|line| line.starts_with("Bcc") || line.starts_with("MAIL FROM:<evil")));
    assert_eq!(got.iter().filter(|line| line.starts_with("RCPT")).count(), 1);
}

#[tokio::test]
async fn what_the_mail_server_refuses_is_an_error() {
    let (port, _server) = server().await;
    let notifier = builder(port).to("admins@nowhere").build().unwrap();
    let error = notifier.notify(&notification("acme")).await.unwrap_err().to_string();
    assert!(
        error.starts_with("the notification cannot be sent: ") && error.contains("nobody there"),
        "{error}"
    );

    // Nobody listens.
    let port = TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap().port();
    let notifier = builder(port).to("one@example.com").build().unwrap();
    notifier.notify(&notification("acme")).await.unwrap_err();
}

#[tokio::test]
async fn without_starttls_nothing_is_sent() {
    let (port, server) = server().await;
    let notifier = MailNotifier::builder("127.0.0.1", "scim@example.com")
        .to("one@example.com")
        .credentials("scim", "t1meMa$heen")
        .starttls()
        .port(port)
        .build()
        .unwrap();
    notifier.notify(&notification("acme")).await.unwrap_err();
    drop(notifier);
    let got = server.await.unwrap();
    assert!(got.iter().all(|line| line.starts_with("EHLO") || line.starts_with("QUIT")), "{got:?}");
}

#[test]
fn what_cannot_be_built() {
    let to = |from: &str, to: &str| MailNotifier::builder("mail.example", from).to(to);
    let error = |builder: MailBuilder| builder.build().unwrap_err().to_string();
    assert_eq!(
        error(to("scim@example.com", "no address")),
        "the notification cannot be sent: `no address` is no mail address"
    );
    assert_eq!(
        error(to("evil\r\n@example.com", "one@example.com")),
        "the notification cannot be sent: `evil\\r\\n@example.com` is no mail address"
    );
    assert_eq!(
        error(MailNotifier::builder("mail.example", "scim@example.com")),
        "the notification cannot be sent: there is no recipient"
    );
    let plain = to("scim@example.com", "one@example.com").credentials("scim", "x").dangerous_without_tls();
    assert_eq!(error(plain), "the notification cannot be sent: credentials are not sent without TLS");
}

#[test]
fn the_password_does_not_print() {
    for security in [MailBuilder::starttls, |builder| builder] {
        let builder = MailNotifier::builder("mail.example", "scim@example.com")
            .to("one@example.com")
            .credentials("scim", "t1meMa$heen");
        let builder = security(builder);
        assert!(!format!("{builder:?}").contains("t1meMa"));
        assert!(!format!("{:?}", builder.build().unwrap()).contains("t1meMa"));
    }
}
