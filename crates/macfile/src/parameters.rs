//! `{NAME}` places, filled before the text is read as YAML.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::Problem;
use crate::problem::nearest;

/// `{NAME}`, and `${NAME}`, which is bash's own and stays.
static PLACE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\$?\{([A-Za-z_][A-Za-z0-9_-]*)\}").expect("the pattern is a constant")
});

/// Fills every place of a text, and notes which parameters it uses.
pub(crate) fn fill(
    text: &str,
    file: Option<&str>,
    parameters: &BTreeMap<String, String>,
    used: &mut BTreeSet<String>,
) -> Result<String, Vec<Problem>> {
    let mut problems = Vec::new();
    let filled = PLACE.replace_all(text, |found: &Captures<'_>| {
        let (whole, name) = (&found[0], &found[1]);
        if whole.starts_with('$') {
            return whole.to_owned();
        }
        let Some(value) = parameters.get(name) else {
            let at = found.get(0).map_or(0, |whole| whole.start());
            let problem = missing(text, at, name, parameters);
            problems.push(Problem {
                file: file.map(str::to_owned),
                ..problem
            });
            return whole.to_owned();
        };
        used.insert(name.to_owned());
        value.clone()
    });
    if problems.is_empty() {
        Ok(filled.into_owned())
    } else {
        Err(problems)
    }
}

/// The parameters that no text of `texts` has a place for, and those that can't fill one.
pub(crate) fn refused(
    texts: &[&str],
    parameters: &BTreeMap<String, String>,
    used: &BTreeSet<String>,
) -> Vec<Problem> {
    let refused =
        |(name, value): (&String, &String)| refused_one(texts, name, value, used.contains(name));
    parameters.iter().filter_map(refused).collect()
}

fn missing(text: &str, at: usize, name: &str, parameters: &BTreeMap<String, String>) -> Problem {
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let hint = nearest(name, parameters.keys().map(String::as_str))
        .unwrap_or_else(|| format!("give it with -p {name}=VALUE"));
    Problem {
        file: None,
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        message: format!("the parameter {name} has no value"),
        hint: Some(hint),
    }
}

fn refused_one(texts: &[&str], name: &str, value: &str, is_used: bool) -> Option<Problem> {
    let at_start = |message, hint| {
        Some(Problem {
            file: None,
            line: 1,
            column: 1,
            message,
            hint,
        })
    };
    if !is_used {
        let places = texts.iter().flat_map(|text| PLACE.captures_iter(text));
        let places: Vec<&str> = places
            .filter(|found| !found[0].starts_with('$'))
            .filter_map(|found| found.get(1).map(|name| name.as_str()))
            .collect();
        return at_start(
            format!("the macfile has no parameter {name}"),
            nearest(name, places),
        );
    }
    if value.chars().any(char::is_control) {
        return at_start(
            format!("the parameter {name} must be one line of text"),
            None,
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::refused;
    use crate::Problem;

    fn fill(text: &str, parameters: &BTreeMap<String, String>) -> Result<String, Vec<Problem>> {
        let mut used = BTreeSet::new();
        let filled = super::fill(text, None, parameters, &mut used);
        let mut problems = refused(&[text], parameters, &used);
        match filled {
            Ok(filled) if problems.is_empty() => Ok(filled),
            Ok(_) => Err(problems),
            Err(mut missing) => {
                missing.append(&mut problems);
                Err(missing)
            }
        }
    }

    #[test]
    fn places_are_filled_and_variables_of_bash_stay() {
        let parameters = [("V".to_owned(), "7".to_owned())].into();
        assert_eq!(
            fill("a {V} ${V} { x }", &parameters).unwrap(),
            "a 7 ${V} { x }"
        );
    }

    #[test]
    fn a_missing_and_an_unknown_parameter_are_named() {
        let parameters = [("TOMCAT_VERSON".to_owned(), "7".to_owned())].into();
        let problems = fill("x: 1\nversion: {TOMCAT_VERSION}", &parameters).unwrap_err();
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "line 2, column 10: the parameter TOMCAT_VERSION has no value (did you mean \"TOMCAT_VERSON\"?)",
                "line 1, column 1: the macfile has no parameter TOMCAT_VERSON (did you mean \"TOMCAT_VERSION\"?)",
            ]
        );
    }

    #[test]
    fn a_value_of_two_lines_is_refused() {
        let parameters = [("V".to_owned(), "7\nmac: 1".to_owned())].into();
        assert!(fill("{V}", &parameters).is_err());
    }
}
