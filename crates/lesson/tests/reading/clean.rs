//! What authors may not bring into a page.

use shared::tutorial::Block;

use super::{htmls, read, step};

#[test]
fn what_runs_or_pretends_is_left_out() {
    for (text, html, told) in [
        (
            "a <script>b</script> c",
            "<p>a b c</p>",
            "5:3: error: <script> is left out",
        ),
        (
            "<script>\nb\n</script>\n\nc",
            "<p>c</p>",
            "5:1: error: <script> is left out",
        ),
        (
            "<iframe src=\"x\">b</iframe>",
            "",
            "5:1: error: <iframe> is left out",
        ),
        (
            "a <kbd onclick=\"b()\">c</kbd>",
            "<p>a <kbd>c</kbd></p>",
            "5:3: error: onclick=… of <kbd> is left out",
        ),
        (
            "[a](javascript:b)",
            "<p>a</p>",
            "5:1: error: this link runs something: it is left out",
        ),
        (
            "[a](java&#10;script:b)",
            "<p>a</p>",
            "5:1: error: this link runs something: it is left out",
        ),
        (
            "x <a href=\"javascript:b\">a</a>",
            "<p>x a</p>",
            "5:3: error: <a> with a javascript: link is left out",
        ),
        (
            "x <code data-command=\"0\">a</code>",
            "<p>x a</p>",
            "5:3: warning: <code> is left out",
        ),
        (
            "x <kbd data-command=\"0\">a</kbd>",
            "<p>x <kbd>a</kbd></p>",
            "5:3: warning: data-command=… of <kbd> is left out",
        ),
        (
            "x <span data-spotlight=\"a\"></span>",
            "<p>x </p>",
            "5:3: warning: <span> is left out",
        ),
        (
            "x <b style=\"a\">c</b>",
            "<p>x c</p>",
            "5:3: warning: <b> is left out",
        ),
        (
            "![a](https://e.org/a.png)",
            "<p>a</p>",
            "5:1: warning: this image is left out: images are png, jpg, gif, webp or svg files of the folder",
        ),
        ("x <!-- y --> z", "<p>x  z</p>", ""),
        (
            "x </p></div><kbd>y",
            "<p>x <kbd>y</kbd></p>",
            "5:13: warning: <kbd> is not closed before the text ends here",
        ),
        (
            "::spotlight{target='a\" onclick=\"b'}",
            "<p><span data-spotlight=\"a&quot; onclick=&quot;b\"></span></p>",
            "",
        ),
    ] {
        let (step, complaint) = step(text);
        assert_eq!(htmls(&step.blocks).concat(), html, "{text}");
        let told = if told.is_empty() {
            String::new()
        } else {
            format!("lesson.md:{told}")
        };
        assert_eq!(complaint, told, "{text}");
    }
}

#[test]
fn what_may_stay_stays() {
    let text = "<details><summary>More</summary>\n\nHold <kbd>Ctrl</kbd><br>\n\n</details>\n\n\
        <table><tr><th>a</th></tr></table>\n\n![b](img/b.png) <img src=\"c.png\" alt=\"c\"> <https://e.org>\n\
        <a@e.org> ~~d~~";
    let (step, told) = step(text);
    assert_eq!(told, "");
    let html = htmls(&step.blocks).concat();
    for kept in [
        "<details><summary>More</summary>",
        "<kbd>Ctrl</kbd><br>",
        "</details>",
        "<th>a</th>",
        "<img src=\"img/b.png\" alt=\"b\">",
        "<img src=\"c.png\" alt=\"c\">",
        "href=\"https://e.org\"",
        "href=\"mailto:a@e.org\"",
        "<del>d</del>",
    ] {
        assert!(html.contains(kept), "{kept} in {html}");
    }
}

#[test]
fn html_in_titles_is_no_html_and_that_in_choices_is_clean() {
    let text = "---\ntitle: <script>T</script>\n---\n## A <b>bold</b> `<i>` title\n\
        ::quiz{answer=2}\n<script>x</script>Which? (1) <b onclick=x>a</b> (2) `<b>`\n::\n";
    let reading = read(&[("lesson.md", text)]);
    let detail = reading.lesson.unwrap().original;
    // titles are text on every page
    assert_eq!(detail.tutorial.title, "<script>T</script>");
    assert_eq!(detail.steps[0].title, "A bold <i> title");
    let Block::Quiz { html, choices, .. } = &detail.steps[0].blocks[0] else {
        panic!()
    };
    assert!(!html.contains("<script"), "{html}");
    assert_eq!(choices, &["a", "<code>&lt;b&gt;</code>"]);
}

#[test]
fn an_image_is_written_by_its_path_in_the_folder_and_that_comes_first() {
    let text =
        "![a \"b\"](./a%20b.png?raw=true)\n\n<img alt=\"c\" src=\"x/c.svg\">\n\n![no](setup.sh)";
    let (step, told) = step(text);
    let html = "<p><img src=\"a%20b.png\" alt=\"a &quot;b&quot;\"></p><img src=\"x/c.svg\" alt=\"c\">\n\
        <p>no</p>";
    let shown = htmls(&step.blocks).concat();
    assert_eq!(shown.replace('\n', ""), html.replace('\n', ""));
    let told_of = "lesson.md:9:1: warning: this image is left out";
    assert!(told.starts_with(told_of), "{told}");
}
