//! Derivatives: what futures and options are, in the words of the TWS protocol, for both of its sides.

use crate::exact;
use kernel::instrument::{AssetClass, Derivative, Instrument, Right, Struck};
use rust_decimal::Decimal;

pub const FUTURE: &str = "FUT";
pub const OPTION: &str = "OPT";

/// Of a contract record: what its class is, and what it is besides its symbol. `None` for what the house cannot value:
/// without a multiplier, a day, a strike or a right nobody knows what it counts.
pub fn read(
    sec_type: &str,
    (expiry, multiplier): (&str, &str),
    (strike, right): (Decimal, &str),
) -> Option<(AssetClass, Derivative)> {
    let multiplier = exact::quantity(multiplier.parse().ok()?).ok().filter(|one| one.is_positive())?;
    let expiry = day(expiry)?;
    match sec_type {
        FUTURE => Some((AssetClass::Future, Derivative { multiplier, expiry, option: None })),
        OPTION => {
            let right = match right {
                "C" | "CALL" => Right::Call,
                "P" | "PUT" => Right::Put,
                _ => return None,
            };
            let strike = exact::price(strike).ok().filter(|strike| strike.is_positive())?;
            let option = Some(Struck { right, strike });
            Some((AssetClass::Option, Derivative { multiplier, expiry, option }))
        }
        _ => None,
    }
}

/// `yyyymmdd`, whatever a server writes behind it.
fn day(text: &str) -> Option<u32> {
    let digits = text.get(..8).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    let rest = text.get(8..)?;
    let (month, of_month) = (digits.get(4..6)?, digits.get(6..)?);
    let is_a_day = ("01"..="12").contains(&month) && ("01"..="31").contains(&of_month);
    (is_a_day && (rest.is_empty() || rest.starts_with([' ', '-']))).then(|| digits.parse().ok())?
}

/// What a contract of the protocol says of it.
pub fn write(instrument: &Instrument, contract: &mut tws::Contract) {
    let Some(Derivative { multiplier, expiry, option }) = instrument.derivative else { return };
    contract.expiry = expiry.to_string();
    contract.multiplier = exact::from_quantity(multiplier).to_string();
    if let Some(Struck { right, strike }) = option {
        contract.strike = exact::from_price(strike);
        contract.right = letter(right).to_owned();
    }
}

const fn letter(right: Right) -> &'static str {
    match right {
        Right::Call => "C",
        Right::Put => "P",
    }
}

/// Whether a program means it, which may name a month for a day, and a right by its letter or in full.
pub fn fits(instrument: &Instrument, said: &crate::ContractQuery) -> bool {
    let mut is = tws::Contract::default();
    write(instrument, &mut is);
    let right = |said: &str| said == is.right || matches!((said, is.right.as_str()), ("CALL", "C") | ("PUT", "P"));
    let expiry = |said: &str| said == is.expiry || said.len() == 6 && is.expiry.starts_with(said);
    let multiplier = |said: &str| said.parse::<Decimal>().is_ok_and(|said| is.multiplier.parse() == Ok(said));
    (said.expiry.is_empty() || expiry(&said.expiry))
        && (said.strike.is_zero() || said.strike == is.strike)
        // A client says so of what has no right.
        && (matches!(said.right.as_str(), "" | "0" | "?") || right(&said.right))
        && (said.multiplier.is_empty() || multiplier(&said.multiplier))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::ContractQuery;
    use kernel::money::Currency;

    #[test]
    fn what_is_not_whole_is_not_traded() {
        let strike: Decimal = "590".parse().unwrap();
        let option = |expiry, multiplier, strike, right| read("OPT", (expiry, multiplier), (strike, right));
        assert!(option("20261218", "100", strike, "C").is_some());
        assert!(option("20261218 16:00:00 US/Eastern", "100", strike, "PUT").is_some());
        for expiry in ["", "202612", "2026121", "20261318", "20261200", "20261218x", "2026121é"] {
            assert_eq!(option(expiry, "100", strike, "C"), None, "{expiry}");
        }
        for multiplier in ["", "0", "-100", "many", "1e400", "0.000000001"] {
            assert_eq!(option("20261218", multiplier, strike, "C"), None, "{multiplier}");
        }
        assert_eq!(option("20261218", "100", Decimal::ZERO, "C"), None);
        assert_eq!(option("20261218", "100", strike, "?"), None);
        assert!(read("FUT", ("20261218", "50"), (Decimal::ZERO, "")).is_some());
        assert_eq!(read("FOP", ("20261218", "50"), (strike, "C")), None);
    }

    #[test]
    fn a_program_names_it_as_far_as_it_likes_and_never_another() {
        let strike: Decimal = "590".parse().unwrap();
        let (class, derivative) = read("OPT", ("20261218", "100"), (strike, "C")).unwrap();
        let currency = Currency::parse("USD").unwrap();
        let call = Instrument { contract_id: 1, symbol: "SPY".into(), class, currency, derivative: Some(derivative) };
        let said = |edit: fn(&mut ContractQuery)| {
            let mut query = ContractQuery::default();
            edit(&mut query);
            fits(&call, &query)
        };
        let yes: [fn(&mut ContractQuery); 7] = [
            |_| {},
            |query| query.expiry = "202612".to_owned(),
            |query| query.expiry = "20261218".to_owned(),
            |query| query.right = "CALL".to_owned(),
            |query| query.right = "C".to_owned(),
            |query| query.strike = "590.0".parse().unwrap(),
            |query| query.multiplier = "100.0".to_owned(),
        ];
        let no: [fn(&mut ContractQuery); 6] = [
            |query| query.expiry = "202611".to_owned(),
            |query| query.expiry = "2026".to_owned(),
            |query| query.right = "P".to_owned(),
            |query| query.right = "call".to_owned(),
            |query| query.strike = "590.5".parse().unwrap(),
            |query| query.multiplier = "10".to_owned(),
        ];
        assert!(yes.into_iter().all(said) && !no.into_iter().any(said));
    }
}
