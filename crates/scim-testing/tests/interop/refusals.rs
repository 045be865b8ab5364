//! What the server says no to.

use scim_client::{Client, Error, Fetched, UnexpectedKind};
use scim_core::{ResourceId, User, attr};
use scim_filter::Filter;
use scim_filter::query::Query;

use crate::Peer;

#[tokio::test]
async fn what_is_refused_is_understood() {
    let Some(peer) = Peer::start() else { return };
    let (server, good) = (&peer.server, &peer.client);
    let refused = |outcome: Result<Fetched<User>, Error>| match outcome {
        Err(Error::Scim(refusal)) => (refusal.status(), refusal.scim_type().cloned()),
        other => panic!("{other:?}"),
    };
    let nobody = ResourceId::new("nobody at?all").unwrap();
    let error = good.users().get(&nobody).await.unwrap_err();
    assert!(error.is_not_found() && !error.is_retryable(), "{error}");
    // It takes an encoded slash for a slash, and looks for an endpoint instead of a token.
    let slash = ResourceId::new("a/b").unwrap();
    assert!(good.users().get(&slash).await.unwrap_err().to_string().contains("No SCIM endpoint"));
    // It takes a user whose name is empty, which RFC 7643 §4.1.1 forbids: the answer is said to make no sense, and nothing
    // hides that there is such a user now.
    let Err(Error::UnexpectedResponse(odd)) = good.users().create(&User::default()).await else { panic!() };
    assert_eq!((odd.kind(), odd.status()), (UnexpectedKind::Malformed, 201));
    let untyped = good.users().untyped();
    let nameless = untyped.list(Query::default()).collect(1).await.unwrap()[0].id.clone().unwrap();
    untyped.delete(&nameless, None).await.unwrap();
    // A filter that makes no sense of its attribute.
    let filter = Filter::parse("emails.primary co \"e\"").unwrap();
    let error = good.users().list(Query::of(filter)).next().await.unwrap_err();
    assert_eq!(error.status(), Some(400), "{error}");
    // `/Me` is not there (RFC 7644 §3.11).
    assert_eq!(refused(good.me().get().await).0, 501);
    // No token, and a wrong one.
    for builder in
        [Client::builder(server.base_url()), Client::builder(server.base_url()).bearer("of-somebody-else")]
    {
        let error = builder.build().unwrap().users().get(&nobody).await.unwrap_err();
        assert_eq!(error.status(), Some(401), "{error}");
        assert!(!format!("{error} {error:?}").contains("of-somebody-else"));
    }
    // A wrong base URL is a 404 of SCIM here; a look-up does not take it for "nobody".
    let base = server.base_url().trim_end_matches("/v2");
    let wrong = Client::builder(format!("{base}/wrong/v3")).bearer(server.token()).build().unwrap();
    let outcome = wrong.users().find(&Filter::eq(attr::USER_NAME, "bjensen")).await;
    assert!(outcome.is_err(), "{outcome:?}");
}
