//! Rust ibapi 2.12, the last that speaks text.

pub use ibapi_text as client;

pub mod version {
    use crate::client::Error;
    pub use crate::client::client::blocking::Subscription;
    use crate::client::orders::PlaceOrder;
    use crate::driver::Heard;

    /// The next of what a subscription tells in time.
    pub fn hear<T>(told: &mut impl Iterator<Item = T>) -> Option<Heard<T>> {
        told.next().map(Heard::Data)
    }

    pub fn code(error: &Error) -> i32 {
        if let Error::Message(code, _) = error { *code } else { 0 }
    }

    pub fn notice_of_order(told: &PlaceOrder) -> Option<(i32, String)> {
        if let PlaceOrder::Message(notice) = told { Some((notice.code, notice.message.clone())) } else { None }
    }
}

mod driver;

fn main() {
    driver::main();
}
