//! A notifier without its type.

use std::future::Future;
use std::pin::Pin;

use crate::notify::{Notification, Notifier, NotifyError};

pub(crate) trait DynNotifier: Send + Sync {
    fn notify<'a>(
        &'a self,
        notification: &'a Notification,
    ) -> Pin<Box<dyn Future<Output = Result<(), NotifyError>> + Send + 'a>>;
}

impl<N: Notifier> DynNotifier for N {
    fn notify<'a>(
        &'a self,
        notification: &'a Notification,
    ) -> Pin<Box<dyn Future<Output = Result<(), NotifyError>> + Send + 'a>> {
        Box::pin(Notifier::notify(self, notification))
    }
}
