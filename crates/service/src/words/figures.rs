//! Figures as people read them: thousands apart, cents in full. Programs get them as they are.

use kernel::money::Amount;

/// Facts of a refusal that are amounts or quantities; others (a next order number) are names more than sizes.
const SIZES: [&str; 7] = ["value", "limit", "used", "bound", "position", "own", "filled"];

/// `14014.8` as `14,014.80`. What is no plain decimal stays as it is.
pub fn money(text: &str) -> String {
    let (sign, rest) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, cents) = rest.split_once('.').map_or((rest, None), |(whole, cents)| (whole, Some(cents)));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !cents.is_none_or(digits) {
        return text.to_owned();
    }
    let mut told = sign.to_owned();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    if let Some(cents) = cents {
        told.push('.');
        told.push_str(&format!("{cents:0<2}"));
    }
    told
}

/// To the cent, never more than it is: for a figure on a page. What is signed or recorded is told in full.
pub fn cents(amount: Amount) -> String {
    let text = amount.to_string();
    let whole = text.split_once('.').map_or(text.as_str(), |(whole, rest)| match rest.get(..2) {
        Some(two) => text.get(..whole.len() + 1 + two.len()).unwrap_or(&text),
        None => &text,
    });
    money(whole)
}

/// The facts of a refusal, with its sizes as people read them.
pub fn of_refusal(facts: &[(String, String)]) -> Vec<(String, String)> {
    let size = |name: &str| SIZES.contains(&name);
    facts.iter().map(|(name, fact)| (name.clone(), if size(name) { money(fact) } else { fact.clone() })).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart_and_cents_are_two() {
        for (plain, told) in [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1,000"),
            ("25000", "25,000"),
            ("1234567", "1,234,567"),
            ("14014.8", "14,014.80"),
            ("-2403.505", "-2,403.505"),
            ("0.00000001", "0.00000001"),
        ] {
            assert_eq!(money(plain), told);
        }
    }

    #[test]
    fn a_figure_on_a_page_is_told_to_the_cent_and_never_as_more() {
        for (whole, told) in [("0", "0"), ("1000", "1,000"), ("4674.2999", "4,674.29"), ("14014.8", "14,014.80")] {
            assert_eq!(cents(Amount::parse(whole).unwrap()), told);
        }
    }

    #[test]
    fn what_is_no_plain_decimal_stays_as_it_is() {
        for text in ["", "-", "1e9", "1.", ".5", "NaN", "1,000", "none", "1.2.3"] {
            assert_eq!(money(text), text);
        }
    }

    #[test]
    fn a_number_that_is_a_name_is_not_taken_apart() {
        let facts = [("next".to_owned(), "12345".to_owned()), ("limit".to_owned(), "12345".to_owned())];
        let told: Vec<String> = of_refusal(&facts).into_iter().map(|(_, fact)| fact).collect();
        assert_eq!(told, ["12345", "12,345"]);
    }
}
