//! Changes that were lost with their connection: what they came to, once upstream has told all there is.

use super::{Answer, Orders, Stage};
use crate::exact;
use crate::report::{Report, What};
use rust_decimal::Decimal;

fn not_changed() -> What {
    What::ReplaceRejected { text: "the change was lost with the connection; the order is as it was".to_owned() }
}

impl Orders {
    /// All there is has been told again: a change that was lost with its connection, and of which nothing is
    /// seen, did not arrive. Of an order that is not told as open or filled nothing follows.
    pub(in crate::tws) fn answer_lost_changes(&mut self) -> Vec<Report> {
        let mut reports = self.rests_have_ended();
        for (id, known) in &mut self.known {
            // Of an order that is done nothing more is to be awaited, also on the connection that its change went out on.
            let over = known.stage == Stage::Ended;
            let Some(change) = known.replacing.as_ref().filter(|change| over || change.answer != Answer::Awaited)
            else {
                continue;
            };
            let what = match known.stage {
                Stage::Working if change.answer == Answer::OldTerms => not_changed(),
                // What it came to says which terms it had. Its fills say so only where upstream does not: of them some
                // may not be told yet.
                Stage::Ended if known.ended.is_none() => {
                    let told = || self.fills.quantity(*id).filter(|quantity| *quantity > Decimal::ZERO);
                    let Some(whole) = known.whole.or_else(told) else { continue };
                    if whole == exact::from_quantity(change.terms.order_qty) { What::Replaced } else { not_changed() }
                }
                Stage::Sent | Stage::Lost | Stage::Working | Stage::Ended => continue,
            };
            known.replacing = None;
            reports.push(Report { account: known.account.clone(), order: Some(*id), what });
        }
        reports
    }
}
