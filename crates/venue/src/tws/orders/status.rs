//! Status: what upstream's words and codes say of an order of ours.

use super::{Known, Orders, Stage, WORKS};
use crate::report::{Report, What};
use crate::tws::wire;
use kernel::id::OrderId;
use kernel::working::Ended;
use rust_decimal::Decimal;

impl Orders {
    /// A cancel that was written before it was known to work was perhaps lost with its order's connection.
    pub(super) fn work(&mut self, id: OrderId) {
        let Some(known) = self.known.get_mut(&id).filter(|known| known.stage != Stage::Ended) else { return };
        if known.stage != Stage::Working && known.cancelling {
            self.owed.push(id);
        }
        known.stage = Stage::Working;
    }

    /// `Inactive` alone ends nothing: such an order may come back to life. The error beside it does.
    pub(super) fn status(&mut self, id: OrderId, word: &str, perm_id: i64, filled: Decimal) -> Vec<Report> {
        match word {
            word if WORKS.contains(&word) => {
                if let Some(known) = self.known.get_mut(&id) {
                    (known.inactive, known.refused) = (false, None);
                }
                self.acknowledge(id, perm_id)
            }
            "Inactive" => {
                let Some(known) = self.known.get_mut(&id) else { return Vec::new() };
                known.inactive = true;
                let refused = known.refused.take();
                refused.map_or_else(Vec::new, |text| self.end(id, Ended::Rejected, &text))
            }
            "Filled" => {
                let mut told = self.acknowledge(id, perm_id);
                // Its fills are told one by one; here it is only remembered as done.
                self.close(id, None);
                if let Some(known) = self.known.get_mut(&id).filter(|_| filled > Decimal::ZERO) {
                    known.whole.get_or_insert(filled);
                }
                told.extend(self.rest_has_ended(id));
                told
            }
            "Cancelled" | "ApiCancelled" => self.end(id, Ended::Cancelled, ""),
            _ => Vec::new(),
        }
    }

    pub(super) fn acknowledge(&mut self, id: OrderId, perm_id: i64) -> Vec<Report> {
        let Some(known) = self.known.get_mut(&id) else { return Vec::new() };
        let news = match known.stage {
            Stage::Sent | Stage::Lost => true,
            Stage::Working => perm_id != 0 && known.perm_id != perm_id,
            Stage::Ended => false,
        };
        if !news {
            return Vec::new();
        }
        known.perm_id = perm_id;
        let what = What::Acknowledged { venue_ref: perm_id.to_string() };
        let report = Report { account: known.account.clone(), order: Some(id), what };
        self.work(id);
        vec![report]
    }

    pub(super) fn error(&mut self, id: OrderId, code: i32, text: &str) -> Vec<Report> {
        let Some(known) = self.known.get_mut(&id) else { return Vec::new() };
        let text = text.to_owned();
        let report = |known: &Known, what| vec![Report { account: known.account.clone(), order: Some(id), what }];
        match code {
            202 => self.end(id, Ended::Cancelled, &text),
            161 | 10_147 | 10_148 if known.cancelling => {
                known.cancelling = false;
                report(known, What::CancelRejected { text })
            }
            code if !wire::rejects(code) => {
                tracing::info!(order = %id, code, %text, "the venue remarks on an order");
                Vec::new()
            }
            _ if matches!(known.stage, Stage::Sent | Stage::Lost) => self.end(id, Ended::Rejected, &text),
            _ if known.replacing.take().is_some() => report(known, What::ReplaceRejected { text }),
            201 if known.inactive => self.end(id, Ended::Rejected, &text),
            // Of a working order it may be the rejection of a change, told twice: alone it ends nothing.
            201 => {
                tracing::warn!(order = %id, %text, "the venue refuses an order that works; it counts as open");
                known.refused = (known.stage == Stage::Working).then_some(text);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }
}
