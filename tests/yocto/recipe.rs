//! The recipe, as far as it can be read without bitbake.

use std::fs;

use crate::root;

const DIRECTORY: &str = "yocto/meta-pairpanel/recipes-connectivity/pairpanel";

pub(crate) struct Recipe {
    /// The name of the file, which has the version in it.
    pub(crate) file: String,
    /// What `SRC_URI` takes from the repository.
    pub(crate) sources: Vec<String>,
    /// What is installed of that; the last part of a path may begin with `*`.
    pub(crate) installed: Vec<String>,
    text: String,
}

impl Recipe {
    pub(crate) fn read() -> Self {
        let directory = root().join(DIRECTORY);
        let entries = fs::read_dir(&directory).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let recipes: Vec<_> = names.filter(|name| name.ends_with(".bb")).collect();
        let [file] = recipes.try_into().expect("there is one recipe of pairpanel");
        let text = fs::read_to_string(directory.join(&file)).unwrap();
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let sources = words(&value(&text, "SRC_URI").unwrap());
        let sources = sources.iter().filter_map(|url| url.strip_prefix("file://"));
        let sources = sources.map(|url| url.split(';').next().unwrap().to_owned()).collect();
        let installed = words(&text)
            .iter()
            .filter_map(|word| word.strip_prefix("${S}/"))
            .map(str::to_owned)
            .collect();
        Self { file, sources, installed, text }
    }

    pub(crate) fn value(&self, name: &str) -> String {
        value(&self.text, name).unwrap_or_else(|| panic!("the recipe sets no {name}"))
    }

    pub(crate) fn has_source_for(&self, path: &str) -> bool {
        let below = |source: &String| {
            path.strip_prefix(source.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.sources.iter().any(below)
    }
}

/// What a file of bitbake assigns to a variable with `=`.
pub(crate) fn value(text: &str, name: &str) -> Option<String> {
    let start = format!("\n{name} = \"");
    let value = &text[text.find(&start)? + start.len()..];
    Some(value.split_once('"')?.0.replace("\\\n", " "))
}
