//! The forms that are known: those of EC2's instances, and help.
//!
//! Labels are those of the EC2 console, options those of version 2 of the `aws` command (its reference,
//! <https://docs.aws.amazon.com/cli/latest/reference/ec2/>).

use crate::form::{Field, Form, Kind};

const REGIONS: Kind = Kind::OneOf(&[
    "us-east-1",
    "us-west-2",
    "eu-west-1",
    "eu-central-1",
    "ap-southeast-2",
]);

const TYPES: Kind = Kind::OneOf(&["t2.micro", "t3.micro", "t3.small", "m5.large"]);

const OUTPUTS: Kind = Kind::OneOf(&["json", "table", "text", "yaml"]);

const fn field(label: &'static str, option: &'static str, kind: Kind) -> Field {
    Field {
        label,
        option,
        kind,
    }
}

const REGION: Field = field("Region", "--region", REGIONS);
const INSTANCES: Field = field("Selected instances", "--instance-ids", Kind::Several);

pub(crate) const FORMS: &[Form] = &[
    Form {
        words: &["ec2", "run-instances"],
        place: "EC2 › Instances › Launch instances",
        button: "Launch instance",
        fields: &[
            field("Name", "--tag-specifications", Kind::Name),
            field("Amazon Machine Image (AMI)", "--image-id", Kind::Text),
            field("Instance type", "--instance-type", TYPES),
            field("Key pair name", "--key-name", Kind::Text),
            field("Security groups", "--security-groups", Kind::Several),
            field("User data", "--user-data", Kind::Text),
            field("Number of instances", "--count", Kind::Count),
            REGION,
        ],
    },
    Form {
        words: &["ec2", "describe-instances"],
        place: "EC2 › Instances",
        button: "Refresh",
        fields: &[
            field("Find by id", "--instance-ids", Kind::Several),
            field("Filters", "--filters", Kind::Several),
            field("Columns", "--query", Kind::Text),
            field("Shown as", "--output", OUTPUTS),
            REGION,
        ],
    },
    Form {
        words: &["ec2", "start-instances"],
        place: "EC2 › Instances › Instance state › Start instance",
        button: "Start instance",
        fields: &[INSTANCES, REGION],
    },
    Form {
        words: &["ec2", "stop-instances"],
        place: "EC2 › Instances › Instance state › Stop instance",
        button: "Stop",
        fields: &[
            INSTANCES,
            field("Force stop", "--force", Kind::Switch),
            field("Hibernate", "--hibernate", Kind::Switch),
            REGION,
        ],
    },
    Form {
        words: &["ec2", "terminate-instances"],
        place: "EC2 › Instances › Instance state › Terminate (delete) instance",
        button: "Terminate (delete)",
        fields: &[INSTANCES, REGION],
    },
    HELP,
];

pub(crate) const HELP: Form = Form {
    words: &[],
    place: "Services, and Help beside each form",
    button: "Open",
    fields: &[
        field("Service", SERVICE, Kind::Word),
        field("Form", COMMAND, Kind::Word),
    ],
};

/// The word of help's that is a service: no option, as no option begins like this.
pub(crate) const SERVICE: &str = "service";
/// The word of help's that is a command.
pub(crate) const COMMAND: &str = "command";
