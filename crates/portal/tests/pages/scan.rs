//! A reader of our own markup, strict enough to hold rules over it: tags in order, attributes by name.

#[derive(Debug)]
pub struct Tag {
    pub name: String,
    pub closes: bool,
    pub attributes: Vec<(String, String)>,
    /// The text up to the next tag.
    pub text: String,
}

impl Tag {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

pub fn tags(page: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        let inner = &rest[start + 1..];
        let end = end_of_tag(inner);
        let body = inner[..end].trim_end_matches('/');
        let closes = body.starts_with('/');
        let body = body.trim_start_matches('/');
        let (name, attributes) = body.split_once(char::is_whitespace).unwrap_or((body, ""));
        rest = &inner[end + 1..];
        let text = rest.split('<').next().unwrap_or_default().to_owned();
        tags.push(Tag { name: name.to_owned(), closes, attributes: attributes_of(attributes), text });
    }
    tags
}

/// The first `>` outside quotes.
fn end_of_tag(inner: &str) -> usize {
    let mut quoted = false;
    inner
        .char_indices()
        .find_map(|(at, c)| {
            quoted ^= c == '"';
            (c == '>' && !quoted).then_some(at)
        })
        .expect("a tag that never ends")
}

fn attributes_of(mut text: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    loop {
        text = text.trim_start();
        let end = text.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(text.len());
        if end == 0 {
            return all;
        }
        let name = text[..end].to_owned();
        text = &text[end..];
        let value = text.strip_prefix("=\"").and_then(|value| value.split_once('"'));
        text = value.map_or(text, |(_, rest)| rest);
        all.push((name, value.map(|(value, _)| value.to_owned()).unwrap_or_default()));
    }
}

#[test]
fn a_tag_is_read_with_its_attributes() {
    let read = tags("<p class=\"a b\" hidden>x &lt; y</p><input value=\"1 > 0\">");
    assert_eq!(read.len(), 3);
    assert_eq!((read[0].attribute("class"), read[0].attribute("hidden")), (Some("a b"), Some("")));
    assert_eq!(read[0].text, "x &lt; y");
    assert!(read[1].closes);
    assert_eq!(read[2].attribute("value"), Some("1 > 0"));
}
