//! Well-Known Text 1 as a tree.

/// Nesting of definitions is five deep or so.
const DEEPEST: usize = 32;

/// `KEYWORD["text", 1.5, OTHER[…]]`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub keyword: String,
    pub texts: Vec<String>,
    pub numbers: Vec<f64>,
    pub nodes: Vec<Node>,
}

impl Node {
    pub fn parse(text: &str) -> Option<Node> {
        node(&mut text.trim_start(), 0)
    }

    pub fn find(&self, keyword: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.keyword == keyword)
    }

    pub fn name(&self) -> &str {
        self.texts.first().map_or("", String::as_str)
    }
}

fn node(rest: &mut &str, depth: usize) -> Option<Node> {
    if depth > DEEPEST {
        return None;
    }
    let end = rest.find(['[', ',', ']'])?;
    let keyword = rest.get(..end)?.trim().to_owned();
    let mut made = Node { keyword, texts: Vec::new(), numbers: Vec::new(), nodes: Vec::new() };
    if rest.get(end..=end)? != "[" {
        // A bare word such as the direction of an axis.
        *rest = rest.get(end..)?;
        return Some(made);
    }
    *rest = rest.get(end + 1..)?;
    loop {
        *rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix('"') {
            let (text, after) = after.split_once('"')?;
            made.texts.push(text.to_owned());
            *rest = after;
        } else if rest.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first)) {
            let end = rest.find([',', ']'])?;
            made.numbers.push(rest.get(..end)?.trim().parse().ok()?);
            *rest = rest.get(end..)?;
        } else {
            made.nodes.push(node(rest, depth + 1)?);
        }
        *rest = rest.trim_start();
        let separator = rest.chars().next()?;
        *rest = rest.get(1..)?;
        match separator {
            ',' => {}
            ']' => return Some(made),
            _ => return None,
        }
    }
}
