//! Lists as streams.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use scim_core::ScimResource;

use crate::error::Error;
use crate::pages::{Page, Pages};
use crate::read::Fetched;

/// The resources of a list, one by one: [`Pages::into_stream`]. It ends with the list, or after an error.
///
/// No more than a page is in memory.
///
/// ```
/// # async fn run(client: scim_client::Client) -> Result<(), scim_client::Error> {
/// use std::future::poll_fn;
/// use std::pin::pin;
///
/// use futures_core::Stream;
/// use scim_filter::query::Query;
///
/// let mut users = pin!(client.users().list(Query::default()).into_stream());
/// // `next` of your favourite `StreamExt` is shorter.
/// while let Some(user) = poll_fn(|cx| users.as_mut().poll_next(cx)).await {
///     println!("{}", user?.user_name);
/// }
/// # Ok(())
/// # }
/// ```
pub struct ResourceStream<T> {
    page: std::vec::IntoIter<Fetched<T>>,
    state: State<T>,
}

enum State<T> {
    Between(Box<Pages<T>>),
    Asking(Asking<T>),
    Over,
}

type Asking<T> = Pin<Box<dyn Future<Output = Asked<T>> + Send>>;

type Asked<T> = (Box<Pages<T>>, Result<Option<Page<T>>, Error>);

impl<T> ResourceStream<T> {
    pub(crate) fn new(pages: Pages<T>) -> Self {
        Self { page: Vec::new().into_iter(), state: State::Between(Box::new(pages)) }
    }
}

/// Nothing in it is pinned in its place.
impl<T> Unpin for ResourceStream<T> {}

impl<T: ScimResource> Stream for ResourceStream<T> {
    type Item = Result<Fetched<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(resource) = self.page.next() {
                return Poll::Ready(Some(Ok(resource)));
            }
            match std::mem::replace(&mut self.state, State::Over) {
                State::Over => return Poll::Ready(None),
                State::Between(mut pages) => {
                    self.state = State::Asking(Box::pin(async move {
                        let page = pages.next().await;
                        (pages, page)
                    }));
                }
                State::Asking(mut asking) => match asking.as_mut().poll(cx) {
                    Poll::Pending => {
                        self.state = State::Asking(asking);
                        return Poll::Pending;
                    }
                    Poll::Ready((pages, Ok(Some(page)))) => {
                        self.page = page.resources.into_iter();
                        self.state = State::Between(pages);
                    }
                    Poll::Ready((_, Ok(None))) => return Poll::Ready(None),
                    Poll::Ready((_, Err(error))) => return Poll::Ready(Some(Err(error))),
                },
            }
        }
    }
}

impl<T> fmt::Debug for ResourceStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResourceStream").field("at_hand", &self.page.len()).finish_non_exhaustive()
    }
}
