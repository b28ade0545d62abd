//! Problem: a refusal in the words of HTTP (RFC 9457), with category, code, remedy and correlation id.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::id::CorrelationId;
use kernel::reason::Category;
use kernel::refusal::Refusal;
use serde_json::json;
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
        let words = lexicon::refusal(&reason.code, &reason.facts);
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

    fn own(status: StatusCode, category: Category, code: &str, text: &str, remedy: &str) -> Self {
        let (code, text, remedy) = (code.to_owned(), text.to_owned(), remedy.to_owned());
        Self { status, category, code, text, remedy, correlation: Self::correlation() }
    }

    /// The request itself cannot be read.
    pub(crate) fn malformed(why: &str) -> Self {
        let remedy = "Correct the request; the words of the API are in the docs.";
        Self::own(StatusCode::BAD_REQUEST, Category::Guard, "request_malformed", why, remedy)
    }

    pub(crate) fn too_large() -> Self {
        let (text, remedy) = ("the request is larger than 64 KiB", "Send less.");
        Self::own(StatusCode::PAYLOAD_TOO_LARGE, Category::Guard, "request_too_large", text, remedy)
    }

    pub(crate) fn no_route() -> Self {
        let (text, remedy) = ("the API has no such route", "See the list of routes in the docs.");
        Self::own(StatusCode::NOT_FOUND, Category::Guard, "route_not_found", text, remedy)
    }

    pub(crate) fn no_method() -> Self {
        let (text, remedy) = ("this route is not asked in that way", "See the list of routes in the docs.");
        Self::own(StatusCode::METHOD_NOT_ALLOWED, Category::Guard, "method_not_allowed", text, remedy)
    }

    pub(crate) fn busy() -> Self {
        Self::own(
            StatusCode::SERVICE_UNAVAILABLE,
            Category::Guard,
            "busy",
            "too much is waiting",
            "Try again in a moment.",
        )
    }

    pub(crate) fn timed_out() -> Self {
        let (text, remedy) =
            ("there was no answer in time; what was asked may still happen", "Look before asking again.");
        Self::own(StatusCode::GATEWAY_TIMEOUT, Category::Guard, "timed_out", text, remedy)
    }

    pub(crate) fn not_found(code: &str, text: &str, remedy: &str) -> Self {
        Self::own(StatusCode::NOT_FOUND, Category::Guard, code, text, remedy)
    }

    pub(crate) fn listener(text: &str) -> Self {
        let remedy = "Choose another port with --listen.";
        Self::own(StatusCode::CONFLICT, Category::Entitlement, "listener_taken", text, remedy)
    }

    /// Something of ours failed: said with a correlation id, told in full only to the log.
    pub(crate) fn failed(why: &str) -> Self {
        let remedy = "Look into the server's log for this correlation id.";
        let problem =
            Self::own(StatusCode::INTERNAL_SERVER_ERROR, Category::Guard, "not_done", "it could not be done", remedy);
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
