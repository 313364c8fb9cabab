//! `write_files`: files that are written at the boot (cloud-init, module "Write Files").

use super::{
    WriteFile,
    node::{How, Node},
    packed::{self, Budget},
    shown,
};

/// Permissions of a file of which none are said.
const MODE: u32 = 0o644;

/// The files of a list, those to be written late last; what is no file is said and left out.
pub(super) fn read(value: &Node, budget: &mut Budget, notes: &mut Vec<String>) -> Vec<WriteFile> {
    let Node::List(items) = value else {
        if !value.is_nothing() {
            let kind = value.kind();
            notes.push(format!(
                "write_files: this is {kind}, not a list: nothing is written"
            ));
        }
        return Vec::new();
    };
    let mut files = (Vec::new(), Vec::new());
    for (index, item) in items.iter().enumerate() {
        let mut entry = Entry {
            members: &[],
            name: format!("write_files: item {}", index + 1),
            notes,
        };
        match entry.file(item, budget) {
            Ok((file, true)) => files.1.push(file),
            Ok((file, false)) => files.0.push(file),
            Err(why) => entry.note(&format!("{why}: it is not written")),
        }
    }
    let (mut soon, late) = files;
    soon.extend(late);
    soon
}

/// One item of the list.
struct Entry<'a> {
    members: &'a [(String, Node)],
    name: String,
    notes: &'a mut Vec<String>,
}

impl<'a> Entry<'a> {
    fn note(&mut self, words: &str) {
        self.notes.push(format!("{}: {words}", self.name));
    }

    /// The file, and whether it is written late.
    fn file(&mut self, item: &'a Node, budget: &mut Budget) -> Result<(WriteFile, bool), String> {
        let Node::Map(members) = item else {
            return Err(format!("this is {}, not a map", item.kind()));
        };
        self.members = members;
        let path = self.text("path")?.ok_or("it has no path")?;
        if !path.starts_with('/') || path.contains('\0') {
            return Err(format!(
                "the path {} does not begin at the root",
                shown(path)
            ));
        }
        self.name = format!("write_files: {}", shown(path));
        if self.member("source").is_some() {
            return Err("its source would have to be fetched, and there is no network".to_owned());
        }
        self.note_owner()?;
        self.note_others();
        let file = WriteFile {
            path: path.to_owned(),
            content: self.content(budget)?,
            mode: self.mode(),
            is_appended: self.truth("append")?,
        };
        Ok((file, self.truth("defer")?))
    }

    fn member(&self, key: &str) -> Option<&'a Node> {
        let mut all = self.members.iter();
        let found = all.find(|(known, _)| known == key).map(|(_, value)| value);
        found.filter(|value| !value.is_nothing())
    }

    fn text(&self, key: &str) -> Result<Option<&'a str>, String> {
        let Some(value) = self.member(key) else {
            return Ok(None);
        };
        let text = value.text();
        text.map(Some)
            .ok_or_else(|| format!("its {key} is {}, not a text", value.kind()))
    }

    fn truth(&self, key: &str) -> Result<bool, String> {
        let Some(value) = self.member(key) else {
            return Ok(false);
        };
        let truth = value.truth();
        truth.ok_or_else(|| format!("its {key} is neither true nor false"))
    }

    fn content(&mut self, budget: &mut Budget) -> Result<Vec<u8>, String> {
        let text = self.text("content")?.unwrap_or_default();
        let is_binary = matches!(
            self.member("content"),
            Some(Node::Text {
                how: How::Binary,
                ..
            })
        );
        let decoded = |bytes: &[u8]| {
            packed::decoded(bytes).map_err(|error| format!("its content is not base64 ({error})"))
        };
        let raw = if is_binary {
            decoded(text.as_bytes())?
        } else {
            text.as_bytes().to_vec()
        };
        let encoding = self.text("encoding")?.unwrap_or("text/plain");
        let mut inflated = |bytes: &[u8]| {
            budget
                .inflate(bytes)
                .map_err(|why| format!("its content is gzip {why}"))
        };
        match encoding.to_ascii_lowercase().as_str() {
            "text/plain" => Ok(raw),
            "b64" | "base64" => decoded(&raw),
            "gz" | "gzip" => inflated(&raw),
            "gz+b64" | "gz+base64" | "gzip+b64" | "gzip+base64" => inflated(&decoded(&raw)?),
            other => Err(format!("its encoding {} is unknown", shown(other))),
        }
    }

    /// Digits are octal, quoted or not, as people mean them.
    fn mode(&mut self) -> u32 {
        let said = match self.text("permissions") {
            Ok(None) => return MODE,
            Ok(Some(text)) => text.trim_start_matches("0o"),
            Err(_) => "",
        };
        match u32::from_str_radix(said, 8) {
            Ok(mode @ ..=0o7777) => mode,
            _ => {
                self.note("its permissions are no octal number: they are 0644");
                MODE
            }
        }
    }

    fn note_owner(&mut self) -> Result<(), String> {
        let owner = self.text("owner")?.unwrap_or("user");
        if !matches!(owner, "user" | "user:user" | "1000" | "1000:1000") {
            self.note(&format!(
                "it is the user's: {} is nobody here",
                shown(owner)
            ));
        }
        Ok(())
    }

    fn note_others(&mut self) {
        const KNOWN: [&str; 7] = [
            "path",
            "content",
            "encoding",
            "permissions",
            "owner",
            "append",
            "defer",
        ];
        for (key, _) in self.members {
            if !KNOWN.contains(&key.as_str()) {
                self.note(&format!("{} is no key of it, and is left out", shown(key)));
            }
        }
    }
}
