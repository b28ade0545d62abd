//! Collector: what spans are sent to, by OTLP over HTTP.

use crate::place::{self, Place};
use crate::{Misconfigured, NotSent};
use http_body_util::Full;
use hyper::StatusCode;
use hyper::body::Bytes;
use serde::Deserialize;
use std::fmt;
use std::path::PathBuf;
use url::Url;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CollectorSettings {
    /// The whole address, as `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` states it.
    pub endpoint: String,
    /// A certificate file to trust instead of the roots that browsers trust.
    pub ca: Option<PathBuf>,
}

fn wrong(why: &str) -> Misconfigured {
    Misconfigured::stated(format!("endpoint: {why}"))
}

impl CollectorSettings {
    /// What can be judged without the other side.
    pub fn check(&self) -> Result<Url, Misconfigured> {
        place::judged(&self.endpoint).map_err(wrong)
    }
}

pub struct Collector(Place);

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collector").field("host", &self.0.host).finish_non_exhaustive()
    }
}

impl Collector {
    pub fn open(settings: &CollectorSettings) -> Result<Self, Misconfigured> {
        Ok(Self(Place::open(&settings.check()?, settings.ca.as_deref(), wrong)?))
    }

    /// What `otlp::encode` made. Which answers may be tried again, the protocol says.
    pub async fn take(&self, body: Vec<u8>) -> Result<(), NotSent> {
        let request = self.0.request().header("content-type", "application/x-protobuf");
        let request = request.body(Full::new(Bytes::from(body))).map_err(|why| NotSent::Never(why.to_string()))?;
        let status = self.0.post(request, "it did not answer in time").await?;
        let told = format!("it answered {}", status.as_u16());
        match status {
            status if status.is_success() => Ok(()),
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => Err(NotSent::Later(told)),
            _ => Err(NotSent::Never(told)),
        }
    }
}
