//! Rust ibapi 5.5, which speaks protobuf and nothing else.

pub use ibapi as client;

pub mod version {
    use crate::client::Error;
    pub use crate::client::subscriptions::Subscription;
    use crate::client::subscriptions::SubscriptionItem;
    use crate::driver::Heard;

    /// The next of what a subscription tells in time.
    pub fn hear<T>(told: &mut impl Iterator<Item = Result<SubscriptionItem<T>, Error>>) -> Option<Heard<T>> {
        Some(match told.next()? {
            Ok(SubscriptionItem::Data(data)) => Heard::Data(data),
            Ok(SubscriptionItem::Notice(notice)) => Heard::Notice(notice.request_id, notice.code, notice.message),
            Err(Error::Notice(notice)) => Heard::Notice(notice.request_id, notice.code, notice.message),
            Err(_) => return None,
        })
    }

    pub fn code(error: &Error) -> i32 {
        if let Error::Notice(notice) = error { notice.code } else { 0 }
    }

    pub fn notice_of_order(_: &crate::client::orders::PlaceOrder) -> Option<(i32, String)> {
        None
    }
}

mod driver;

fn main() {
    driver::main();
}
