//! Worth: from which price of the market an order counts, and how much. `None` where the figures do not fit.

use crate::given::Quote;
use crate::instrument::AssetClass;
use crate::money::{Amount, Price};
use crate::order::{Kind, Side, Terms};

/// At which price, and where it starts to count. Its side is said beside it, so that what is compiled for one side knows it.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub price: Option<Price>,
    pub stop_px: Option<Price>,
    /// A trailing stop to sell: it rises with the market, so that where it stands now says too little.
    pub rises: bool,
}

impl Asked {
    /// A trailing stop counts from where it stands at first: to buy it only comes down from there. Without a quote
    /// nobody knows where that is.
    #[inline(always)]
    pub fn of(terms: &Terms, side: Side, quote: Option<&Quote>) -> Option<Self> {
        let kind = terms.kind;
        // What is sent most is known first.
        if let Kind::Limit { price } = kind {
            return Some(Self { price: Some(price), stop_px: None, rises: false });
        }
        match kind.trail() {
            None => Some(Self { price: kind.price(), stop_px: kind.stop_px(), rises: false }),
            Some(_) => Self::trailing(terms, side, quote),
        }
    }

    #[cold]
    fn trailing(terms: &Terms, side: Side, quote: Option<&Quote>) -> Option<Self> {
        let (Some((trail, offset)), Some(quote)) = (terms.kind.trail(), quote) else {
            return Some(Self { price: None, stop_px: None, rises: false });
        };
        let beyond = |price: Price, by: Price| match side {
            Side::Buy => price.checked_add(by),
            Side::Sell => price.checked_sub(by),
        };
        let from = match side {
            Side::Buy => quote.ask,
            Side::Sell => quote.bid,
        };
        let stop = match terms.kind.stop_px() {
            Some(stop) => stop,
            None => beyond(from, trail.from(from)?)?,
        };
        let price = match offset {
            Some(offset) => Some(beyond(stop, offset)?),
            None => None,
        };
        Some(Self { price, stop_px: Some(stop), rises: side == Side::Sell })
    }

    /// Where the market is, or will be when a stop that lies beyond it triggers.
    #[inline(always)]
    pub fn reference(&self, quote: &Quote, side: Side) -> Price {
        match side {
            Side::Buy => self.stop_px.map_or(quote.ask, |stop| stop.max(quote.ask)),
            Side::Sell => self.stop_px.map_or(quote.bid, |stop| stop.min(quote.bid)),
        }
    }

    /// The price of its own that it counts at.
    #[inline(always)]
    pub const fn own(&self) -> Option<Price> {
        if self.rises { None } else { self.price }
    }

    /// From where it counts that has no price of its own; without a quote its stop price stands in.
    #[inline(always)]
    pub fn from(&self, quote: Option<&Quote>, side: Side) -> Option<Price> {
        match quote {
            Some(quote) if self.rises => Some(quote.bid),
            Some(quote) => Some(self.reference(quote, side)),
            None => self.stop_px,
        }
    }
}

/// Moved against whoever trades on this side.
#[inline(always)]
pub fn worsened(price: Price, side: Side, bps: u32) -> Option<Price> {
    let against = match side {
        Side::Buy => i64::from(bps),
        Side::Sell => -i64::from(bps),
    };
    price.moved_bps(against)
}

/// Quantity x price x multiplier, in the instrument's currency.
#[inline(always)]
pub fn counted(terms: &Terms, side: Side, price: Price, reduces: bool) -> Option<Amount> {
    let plain = terms.order_qty.times(price)?;
    match terms.instrument.class {
        AssetClass::Stock | AssetClass::Etf | AssetClass::Forex => Some(plain),
        AssetClass::Future | AssetClass::Option => derived(terms, side, plain, reduces),
    }
}

/// Who writes an option is paid its price and owes what it is on: it counts as the strike where that is more.
#[cold]
fn derived(terms: &Terms, side: Side, plain: Amount, reduces: bool) -> Option<Amount> {
    let derivative = terms.instrument.derivative.filter(|one| one.multiplier.is_positive())?;
    let value = plain.multiplied(derivative.multiplier)?;
    if terms.instrument.class == AssetClass::Future {
        return Some(value);
    }
    let struck = derivative.option.filter(|one| one.strike.is_positive())?;
    let owed = terms.order_qty.times(struck.strike)?.multiplied(derivative.multiplier)?;
    match side {
        Side::Sell if !reduces => Some(value.max(owed)),
        Side::Sell | Side::Buy => Some(value),
    }
}
