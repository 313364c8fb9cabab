//! The guide for authors.

use super::{complaints, read};

const GUIDE: &str = include_str!("../../../../tutorials/README.md");

#[test]
fn the_example_of_the_guide_is_a_lesson_without_complaints() {
    let example = GUIDE.split("````md\n").nth(1).unwrap();
    let example = example.split("````").next().unwrap();
    let reading = read(&[("lesson.md", example)]);
    assert_eq!(complaints(&reading), "");
    let detail = reading.lesson.unwrap().original;
    assert_eq!((detail.steps.len(), detail.tasks.len()), (2, 2));
    assert_eq!(detail.tasks[1].title, "Filled file");
}
