//! What is traded, in the four arrangements of fields that the protocol has for it.
use crate::wire::{Step, Wire};
use rust_decimal::Decimal;

/// A contract as a message names it. Empty texts and zeros are "not said".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contract {
    pub con_id: i32,
    pub symbol: String,
    pub sec_type: String,
    /// Last trade date or contract month.
    pub expiry: String,
    /// Zero for what has none.
    pub strike: Decimal,
    pub right: String,
    pub multiplier: String,
    pub exchange: String,
    pub primary_exchange: String,
    pub currency: String,
    pub local_symbol: String,
    pub trading_class: String,
    /// `ISIN`, `CUSIP` and the like; requests only.
    pub sec_id_type: String,
    pub sec_id: String,
}

impl Contract {
    fn head(&mut self, wire: &mut Wire<'_>) -> Step {
        wire.integer_or_zero("conId", &mut self.con_id)?;
        wire.text("symbol", &mut self.symbol)?;
        wire.text("secType", &mut self.sec_type)?;
        wire.text("lastTradeDateOrContractMonth", &mut self.expiry)?;
        wire.decimal_or_zero("strike", &mut self.strike)?;
        wire.text("right", &mut self.right)?;
        wire.text("multiplier", &mut self.multiplier)
    }

    fn tail(&mut self, wire: &mut Wire<'_>) -> Step {
        wire.text("currency", &mut self.currency)?;
        wire.text("localSymbol", &mut self.local_symbol)?;
        wire.text("tradingClass", &mut self.trading_class)
    }

    /// The twelve fields of a request.
    pub(crate) fn request(&mut self, wire: &mut Wire<'_>) -> Step {
        self.head(wire)?;
        wire.text("exchange", &mut self.exchange)?;
        wire.text("primaryExchange", &mut self.primary_exchange)?;
        // Words for people, that came with a search.
        wire.ignore(&["description"]);
        self.tail(wire)
    }

    /// The two fields that some requests add.
    pub(crate) fn sec_id(&mut self, wire: &mut Wire<'_>) -> Step {
        wire.text("secIdType", &mut self.sec_id_type)?;
        wire.text("secId", &mut self.sec_id)
    }

    /// The eleven fields of orders, executions and positions.
    pub(crate) fn report(&mut self, wire: &mut Wire<'_>) -> Step {
        self.head(wire)?;
        wire.text("exchange", &mut self.exchange)?;
        self.tail(wire)
    }

    /// The eleven fields of a portfolio line, which names the primary exchange instead.
    pub(crate) fn portfolio(&mut self, wire: &mut Wire<'_>) -> Step {
        self.head(wire)?;
        wire.text("primaryExchange", &mut self.primary_exchange)?;
        self.tail(wire)
    }
}
