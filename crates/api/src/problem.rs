//! Problem: a refusal in the words of HTTP (RFC 9457), with category, code, remedy and correlation id.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::id::CorrelationId;
use kernel::reason::Category;
use kernel::refusal::Refusal;
use serde_json::json;
use service::credential::Unfit;
use service::words::figures::of_refusal;
use service::{Clock, No, SystemClock};

#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    category: Category,
    code: String,
    text: String,
    remedy: String,
    correlation: CorrelationId,
}

impl Problem {
    /// For what is refused before any command was made of it.
    pub(crate) fn correlation() -> CorrelationId {
        CorrelationId::new(SystemClock.now().0, service::clock::dice().unwrap_or_default())
    }

    pub(crate) fn refusal(refusal: &Refusal, correlation: CorrelationId) -> Self {
        let reason = refusal.reason();
        let words = lexicon::refusal(&reason.code, &of_refusal(&reason.facts));
        let status = status(refusal.category(), &reason.code);
        Self {
            status,
            category: reason.category,
            code: reason.code,
            text: words.text,
            remedy: words.remedy,
            correlation,
        }
    }

    /// A refusal that was recorded by its code alone: figures the text would tell are not known here.
    pub(crate) fn recorded(category: Category, code: &str, correlation: CorrelationId) -> Self {
        let words = lexicon::refusal(code, &[]);
        let text = if words.text.contains('{') { code.replace('_', " ") } else { words.text };
        let status = status(category, code);
        Self { status, category, code: code.to_owned(), text, remedy: words.remedy, correlation }
    }

    /// A no of the API itself, in the words that the lexicon has for it.
    fn own(status: StatusCode, category: Category, code: &str, facts: &[(&str, &str)]) -> Self {
        let facts: Vec<_> = facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let words = lexicon::refusal(code, &facts);
        let (text, remedy) = (words.text, words.remedy);
        Self { status, category, code: code.to_owned(), text, remedy, correlation: Self::correlation() }
    }

    /// The request itself cannot be read.
    pub(crate) fn malformed(why: &str) -> Self {
        Self::own(StatusCode::BAD_REQUEST, Category::Guard, "request_malformed", &[("why", why)])
    }

    pub(crate) fn too_large() -> Self {
        Self::own(StatusCode::PAYLOAD_TOO_LARGE, Category::Guard, "request_too_large", &[])
    }

    /// Whoever has its port could pose as it.
    pub(crate) fn no_portal() -> Self {
        Self::own(StatusCode::SERVICE_UNAVAILABLE, Category::Guard, "portal_not_open", &[])
    }

    pub(crate) fn no_route() -> Self {
        Self::own(StatusCode::NOT_FOUND, Category::Guard, "route_not_found", &[])
    }

    pub(crate) fn no_method() -> Self {
        Self::own(StatusCode::METHOD_NOT_ALLOWED, Category::Guard, "method_not_allowed", &[])
    }

    pub(crate) fn busy() -> Self {
        Self::own(StatusCode::SERVICE_UNAVAILABLE, Category::Guard, "busy", &[])
    }

    pub(crate) fn timed_out() -> Self {
        Self::own(StatusCode::GATEWAY_TIMEOUT, Category::Guard, "timed_out", &[])
    }

    pub(crate) fn nothing_recorded(asked: &str) -> Self {
        Self::own(StatusCode::NOT_FOUND, Category::Guard, "nothing_recorded", &[("asked", asked)])
    }

    /// Not by another API credential but by another program: the text says which port.
    pub(crate) fn listener(text: &str) -> Self {
        let words = Self::own(StatusCode::CONFLICT, Category::Entitlement, "listener_taken", &[]);
        Self { text: text.to_owned(), ..words }
    }

    /// Something of ours failed: said with a correlation id, told in full only to the log.
    pub(crate) fn failed(why: &str) -> Self {
        let problem = Self::own(StatusCode::INTERNAL_SERVER_ERROR, Category::Guard, "not_done", &[]);
        tracing::error!(correlation = %problem.correlation, why, "a request failed");
        problem
    }

    pub fn code(&self) -> &str {
        &self.code
    }
}

fn status(category: Category, code: &str) -> StatusCode {
    if code.ends_with("_not_found") {
        return StatusCode::NOT_FOUND;
    }
    if code.ends_with("_malformed") {
        return StatusCode::UNPROCESSABLE_ENTITY;
    }
    match category {
        Category::Identity => StatusCode::FORBIDDEN,
        Category::Entitlement | Category::DeviceSession | Category::Guard => StatusCode::CONFLICT,
    }
}

impl From<No> for Problem {
    fn from(no: No) -> Self {
        match no {
            No::Refused { refusal, correlation } => Self::refusal(&refusal, correlation),
            No::NotRecorded { why } => {
                let problem = Self {
                    status: StatusCode::SERVICE_UNAVAILABLE,
                    ..Self::recorded(Category::Guard, "not_recorded", Self::correlation())
                };
                tracing::error!(correlation = %problem.correlation, %why, "a command could not be recorded");
                problem
            }
            No::Busy => Self::busy(),
        }
    }
}

impl From<Unfit> for Problem {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Malformed(why) => Self::malformed(&why),
            Unfit::Listener(text) => Self::listener(&text),
            Unfit::Refused(refusal) => refusal.into(),
            Unfit::No(no) => no.into(),
            Unfit::Failed(why) => Self::failed(&why),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::refusal(&refusal, Self::correlation())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "type": format!("urn:portreeve:refusal:{}", self.code),
            "title": self.text,
            "status": self.status.as_u16(),
            "detail": self.text,
            "category": self.category.as_str(),
            "code": self.code,
            "remedy": self.remedy,
            "correlation_id": self.correlation.to_string(),
        });
        tracing::info!(code = %self.code, correlation = %self.correlation, "the API refused");
        (self.status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
    }
}
