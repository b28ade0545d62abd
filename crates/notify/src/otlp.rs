//! OTLP: spans in the binary form of the OpenTelemetry protocol.

use prost::Message;

/// One step of a way, and how long it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Not nought, as no id is.
    pub trace: u128,
    pub id: u64,
    /// Of the first step none.
    pub parent: Option<u64>,
    pub name: &'static str,
    pub kind: Kind,
    /// Nanoseconds since 1970.
    pub start: u64,
    pub end: u64,
    pub said: Vec<(&'static str, Value)>,
    /// It did not do what it was to do, by its own fault: a refusal is none.
    pub failed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Internal = 1,
    /// Somebody asked from outside.
    Server = 2,
    /// Somebody outside was asked.
    Client = 3,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Text(String),
    Whole(i64),
}

/// As the body of one request: all are of the same program.
pub fn encode(service: &str, version: &str, spans: &[Span]) -> Vec<u8> {
    let own = [("service.name", service), ("service.version", version)];
    let attributes = own.map(|(key, value)| pair(key, &Value::Text(value.to_owned()))).to_vec();
    let scope = wire::Scope { name: service.to_owned(), version: version.to_owned() };
    let scoped = wire::ScopeSpans { scope: Some(scope), spans: spans.iter().map(span).collect() };
    let resource = Some(wire::Resource { attributes });
    wire::Export { resource_spans: vec![wire::ResourceSpans { resource, scope_spans: vec![scoped] }] }.encode_to_vec()
}

fn pair(key: &str, value: &Value) -> wire::KeyValue {
    let value = match value {
        Value::Text(text) => wire::Any::Text(text.clone()),
        Value::Whole(number) => wire::Any::Whole(*number),
    };
    wire::KeyValue { key: key.to_owned(), value: Some(wire::AnyValue { value: Some(value) }) }
}

fn span(span: &Span) -> wire::Span {
    wire::Span {
        trace_id: span.trace.to_be_bytes().to_vec(),
        span_id: span.id.to_be_bytes().to_vec(),
        parent_span_id: span.parent.map(|parent| parent.to_be_bytes().to_vec()).unwrap_or_default(),
        name: span.name.to_owned(),
        kind: span.kind as i32,
        start: span.start,
        end: span.end.max(span.start),
        attributes: span.said.iter().map(|(key, value)| pair(key, value)).collect(),
        status: span.failed.then_some(wire::Status { code: wire::FAILED }),
    }
}

/// The messages, with those of their fields that are used here; names and numbers are those of the protocol's version 1.
mod wire {
    pub const FAILED: i32 = 2;

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Export {
        #[prost(message, repeated, tag = "1")]
        pub resource_spans: Vec<ResourceSpans>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct ResourceSpans {
        #[prost(message, optional, tag = "1")]
        pub resource: Option<Resource>,
        #[prost(message, repeated, tag = "2")]
        pub scope_spans: Vec<ScopeSpans>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Resource {
        #[prost(message, repeated, tag = "1")]
        pub attributes: Vec<KeyValue>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct ScopeSpans {
        #[prost(message, optional, tag = "1")]
        pub scope: Option<Scope>,
        #[prost(message, repeated, tag = "2")]
        pub spans: Vec<Span>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Scope {
        #[prost(string, tag = "1")]
        pub name: String,
        #[prost(string, tag = "2")]
        pub version: String,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Span {
        #[prost(bytes = "vec", tag = "1")]
        pub trace_id: Vec<u8>,
        #[prost(bytes = "vec", tag = "2")]
        pub span_id: Vec<u8>,
        #[prost(bytes = "vec", tag = "4")]
        pub parent_span_id: Vec<u8>,
        #[prost(string, tag = "5")]
        pub name: String,
        #[prost(int32, tag = "6")]
        pub kind: i32,
        #[prost(fixed64, tag = "7")]
        pub start: u64,
        #[prost(fixed64, tag = "8")]
        pub end: u64,
        #[prost(message, repeated, tag = "9")]
        pub attributes: Vec<KeyValue>,
        #[prost(message, optional, tag = "15")]
        pub status: Option<Status>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Status {
        #[prost(int32, tag = "3")]
        pub code: i32,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct KeyValue {
        #[prost(string, tag = "1")]
        pub key: String,
        #[prost(message, optional, tag = "2")]
        pub value: Option<AnyValue>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct AnyValue {
        #[prost(oneof = "Any", tags = "1, 3")]
        pub value: Option<Any>,
    }

    #[derive(Clone, PartialEq, prost::Oneof)]
    pub enum Any {
        #[prost(string, tag = "1")]
        Text(String),
        #[prost(int64, tag = "3")]
        Whole(i64),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_nothing_is_nought() {
        let of = |parent| Span {
            trace: 7,
            id: 9,
            parent,
            name: "order",
            kind: Kind::Server,
            start: 20,
            end: 10,
            said: vec![("portreeve.tries", Value::Whole(2)), ("portreeve.outcome", Value::Text("busy".to_owned()))],
            failed: parent.is_none(),
        };
        let bytes = encode("portreeve", "0.1", &[of(None), of(Some(3))]);
        let read = wire::Export::decode(&bytes[..]).unwrap();
        let [resource] = &read.resource_spans[..] else { unreachable!() };
        let [first, second] = &resource.scope_spans.first().unwrap().spans[..] else { unreachable!() };
        assert_eq!((first.trace_id.len(), first.span_id.len(), first.parent_span_id.len()), (16, 8, 0));
        assert_eq!((first.start, first.end), (20, 20), "nothing ends before it began");
        assert_eq!(second.parent_span_id, [0, 0, 0, 0, 0, 0, 0, 3]);
        assert_eq!((first.status.clone().map(|one| one.code), second.status.clone()), (Some(2), None));
        assert_eq!(second.attributes.len(), 2);
    }
}
