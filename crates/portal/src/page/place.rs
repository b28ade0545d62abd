//! Where each page is and where each form goes: the server's routes and the pages' links say the same.

pub const HOME: &str = "/";
pub const SIGN_IN: &str = "/sign-in";
/// POST `ceremony`, `response`, `shared`.
pub const SIGN_IN_PASSKEY: &str = "/sign-in/passkey";
/// POST `name`, `password`, `code`, `shared`.
pub const SIGN_IN_PASSWORD: &str = "/sign-in/password";
/// Where a program sends SMS. POST `name`, `password`; then `ceremony`, `code`.
pub const SIGN_IN_SMS: &str = "/sign-in/sms";
pub const SIGN_IN_SMS_CODE: &str = "/sign-in/sms/code";
pub const SIGN_OUT: &str = "/sign-out";
pub const ORIGINS: &str = "/origins";
pub const LIVE: &str = "/live";
/// What a message of the live stream may name: the parts of a page that say they show it are fetched again.
pub const TOPICS: [&str; 14] = [
    "activity",
    "approvals",
    "authenticators",
    "credentials",
    "devices",
    "kill",
    "limits",
    "notices",
    "orders",
    "people",
    "positions",
    "posture",
    "quotes",
    "session",
];
/// GET with `next` and `want` (`trade` or `move`); POST `ceremony`, `response`, `next`, `want`.
pub const STEP_UP: &str = "/step-up";
/// POST `level` (credential, user, account, customer, firm), `target`, `stops` (`keep` or `cancel`), `next`.
pub const KILL: &str = "/kill";
/// POST `level`, `target`: leads to the approval that has to be signed for it.
pub const RELEASE: &str = "/release";
pub const LIMITS: &str = "/limits";
/// GET; POST /alerts/ID/me, …/ID/not-me.
pub const ALERTS: &str = "/alerts";
/// GET, POST to open one; GET /incidents/ID; POST …/ID/close.
pub const INCIDENTS: &str = "/incidents";
/// POST /authenticators/passkey (`name`, `ceremony`, `response`), …/password (`password`, `again`), …/totp/begin,
/// …/totp (`ceremony`, `code`), …/sms/begin (`number`), …/sms (`ceremony`, `code`), …/codes, …/ID/remove.
pub const AUTHENTICATORS: &str = "/authenticators";
/// POST /notices/email/begin (`email`), …/email (`ceremony`, `code`), …/email/remove, …/group (`group`, `on`), …/test,
/// …/ID/retry.
pub const NOTICES: &str = "/notices";
/// POST `device`.
pub const NOTICES_PUSH_OFF: &str = "/notices/push/off";
/// GET /devices/ID while it is pending; POST …/ID/confirm (`ceremony`, `response`, `replace`), …/ID/not-me,
/// …/ID/revoke, …/ID/wipe.
pub const DEVICES: &str = "/devices";
/// POST /sessions/ID/end, /sessions/ID/not-me.
pub const SESSIONS: &str = "/sessions";
/// POST `suspend` (`yes`: API credentials too).
pub const END_ALL: &str = "/sessions/end-all";
/// This browser's own page while it is pending; POST `code` to it.
pub const DEVICE: &str = "/device";
/// GET /credentials/ID; POST …/ID/suspend, …/ID/resume, …/ID/rotate, …/ID/revoke, …/ID/limit (`control`, `value`).
pub const CREDENTIALS: &str = "/credentials";
/// GET; POST `step` (`may`, `where`, `limits`, `summary`), `go` (`next`, `back`), the fields of the step, and all carried.
pub const CREDENTIAL_NEW: &str = "/credentials/new";
/// GET /approvals/ID; POST …/ID/approve (`ceremony`, `response`), …/ID/refuse, …/ID/not-me.
pub const APPROVALS: &str = "/approvals";
/// GET /orders/ID; POST …/ID/cancel.
pub const ORDERS: &str = "/orders";
pub const POSITIONS: &str = "/positions";
pub const QUOTES: &str = "/quotes";
/// GET `instrument`, `side`, `quantity`, `account`, `close`; POST those and `type`, `price`, `stop`, `key`.
pub const TICKET: &str = "/ticket";
/// GET; POST `go` (`state`, `close`, `resume`), and the fields of what is stated.
pub const TICKET_LIMITS: &str = "/ticket/limits";
/// GET; POST …/invite (`role`, `label`); …/invitations/ID/link, …/invitations/ID/revoke; GET …/ID; POST …/ID/remove;
/// GET, POST …/ID/ticket as `/ticket/limits`.
pub const PEOPLE: &str = "/people";
pub const INVITE: &str = "/people/invite";
pub const INVITATIONS: &str = "/people/invitations";
/// GET `kind`, `credential`, `text`, `before`.
pub const ACTIVITY: &str = "/activity";

/// GET; POST `replace`: shows the link that a phone is paired by.
pub const PAIR: &str = "/devices/pair";

/// The app on a phone: its first screen.
pub const PHONE: &str = "/m/";
/// POST `ceremony`, `response`.
pub const PHONE_SIGN_IN: &str = "/m/sign-in";
/// GET with the code behind `#`; POST `code`, then `code`, `ceremony`, `response` to …/made or …/shown.
pub const PHONE_PAIR: &str = "/m/pair";
pub const PHONE_MADE: &str = "/m/pair/made";
pub const PHONE_SHOWN: &str = "/m/pair/shown";
pub const PHONE_LIVE: &str = "/m/live";
pub const PHONE_KILL: &str = "/m/kill";
/// GET …/ID; POST …/ID/approve, …/ID/refuse, …/ID/not-me, as at the portal.
pub const PHONE_APPROVALS: &str = "/m/approvals";
pub const PHONE_POSITIONS: &str = "/m/positions";
/// GET; POST /m/alerts/ID/me, …/ID/not-me.
pub const PHONE_ALERTS: &str = "/m/alerts";
/// This phone, and the user's other devices. POST /m/devices/ID/revoke.
pub const PHONE_SETTINGS: &str = "/m/settings";
/// POST `endpoint`, `p256dh`, `auth`: leads to the approval that has to be signed for it. …/off: `device`.
pub const PHONE_PUSH: &str = "/m/push";
pub const PHONE_PUSH_OFF: &str = "/m/push/off";
pub const PHONE_DEVICES: &str = "/m/devices";
pub const PHONE_SIGN_OUT: &str = "/m/sign-out";
pub const PHONE_OFFLINE: &str = "/m/offline";
pub const PHONE_WORKER: &str = "/m/sw.js";
pub const PHONE_MANIFEST: &str = "/m/manifest.webmanifest";

pub fn is_phones(path: &str) -> bool {
    path.starts_with(PHONE)
}

/// `/credentials/ID`; what a person typed never becomes part of a path.
pub(crate) fn under(base: &str, id: &str) -> String {
    let safe: String = id.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')).collect();
    format!("{base}/{safe}")
}

/// `/credentials/ID/suspend`.
pub(crate) fn act(base: &str, id: &str, verb: &str) -> String {
    format!("{}/{verb}", under(base, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_stays_one_segment_of_a_path() {
        assert_eq!(under(CREDENTIALS, "crd_01-a.b"), "/credentials/crd_01-a.b");
        assert_eq!(under(CREDENTIALS, "../kill?x=\"<"), "/credentials/..killx");
        assert_eq!(act(ORDERS, "ord_1", "cancel"), "/orders/ord_1/cancel");
    }
}
