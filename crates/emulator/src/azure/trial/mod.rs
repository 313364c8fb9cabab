//! The pure core as a whole: requests and instants in, answers and states out.

mod machines;
mod services;

use super::{
    Ask, Book, Fault,
    book::{Answer, Stamp},
};

/// A book with a clock that is moved by hand.
struct Trial {
    book: Book,
    now_ms: u64,
    asked: u32,
}

const WINDOWS: &str =
    "a699494373c04fc0bc8f2bb1389d6106__Windows-Server-2012-R2-20150825-en.us-127GB.vhd";
const SERVICES: &str = "services/hostedservices";
const MACHINE: &str = "services/hostedservices/s/deployments/d/roles/vm";
const TOLD: &str = "services/hostedservices/s/deployments/d/roleinstances/vm/Operations";

impl Trial {
    fn new() -> Self {
        Self {
            book: Book::new("11111111-1111-8111-8111-111111111111", 1000),
            now_ms: 1000,
            asked: 0,
        }
    }

    /// One in which a machine `vm` is in the network `n`.
    fn with_machine() -> Self {
        let mut trial = Self::new();
        trial.network("n").unwrap();
        trial.service("s", "East US").unwrap();
        trial.deploy("s", "n", 3389).unwrap();
        trial
    }

    fn ask(&mut self, method: &str, path: &str, body: &str) -> Result<Answer, Fault> {
        self.asked += 1;
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let ask = Ask::read(method, path, query, body)?;
        let id = self.id();
        let stamp = Stamp {
            now_ms: self.now_ms,
            id: &id,
        };
        let (next, answer) = self.book.answer(ask, stamp)?;
        if let Some(next) = next {
            self.book = next;
        }
        Ok(answer)
    }

    /// The id of the last request.
    fn id(&self) -> String {
        format!("request-{}", self.asked)
    }

    fn get(&mut self, path: &str) -> String {
        match self.ask("GET", path, "").unwrap() {
            Answer::Shown(tree) => tree.document(),
            other => panic!("{other:?}"),
        }
    }

    fn network(&mut self, name: &str) -> Result<Answer, Fault> {
        let text = format!(
            "<NetworkConfiguration><VirtualNetworkConfiguration><VirtualNetworkSites>\
             <VirtualNetworkSite name=\"{name}\" Location=\"East US\"><AddressSpace>\
             <AddressPrefix>10.0.0.0/8</AddressPrefix></AddressSpace></VirtualNetworkSite>\
             </VirtualNetworkSites></VirtualNetworkConfiguration></NetworkConfiguration>"
        );
        self.ask("PUT", "services/networking/media", &text)
    }

    fn service(&mut self, name: &str, location: &str) -> Result<Answer, Fault> {
        let body = format!(
            "<CreateHostedService><ServiceName>{name}</ServiceName><Label>bA==</Label>\
             <Location>{location}</Location></CreateHostedService>"
        );
        self.ask("POST", SERVICES, &body)
    }

    fn deploy(&mut self, service: &str, network: &str, port: u16) -> Result<Answer, Fault> {
        let role = role("Role", "vm", port, "");
        let body = format!(
            "<Deployment><Name>d</Name><DeploymentSlot>Production</DeploymentSlot><Label>d</Label>\
             <RoleList>{role}</RoleList><VirtualNetworkName>{network}</VirtualNetworkName>\
             </Deployment>"
        );
        self.ask("POST", &format!("{SERVICES}/{service}/deployments"), &body)
    }

    fn slot(&mut self) -> String {
        self.get("services/hostedservices/s/deploymentslots/Production")
    }

    fn status(&mut self) -> String {
        let shown = self.slot();
        let after = shown.split_once("<InstanceStatus>").unwrap().1;
        after.split_once('<').unwrap().0.to_owned()
    }
}

fn role(element: &str, name: &str, port: u16, rest: &str) -> String {
    format!(
        "<{element}><RoleName>{name}</RoleName><ConfigurationSets><ConfigurationSet>\
         <ConfigurationSetType>WindowsProvisioningConfiguration</ConfigurationSetType>\
         <ComputerName>{name}</ComputerName><AdminPassword>Very-Hidden-1</AdminPassword>\
         </ConfigurationSet><ConfigurationSet>\
         <ConfigurationSetType>NetworkConfiguration</ConfigurationSetType><InputEndpoints>\
         <InputEndpoint><LocalPort>3389</LocalPort><Name>rdp</Name><Port>{port}</Port>\
         <Protocol>tcp</Protocol></InputEndpoint></InputEndpoints></ConfigurationSet>\
         </ConfigurationSets>{rest}<OSVirtualHardDisk><SourceImageName>{WINDOWS}</SourceImageName>\
         </OSVirtualHardDisk><ProvisionGuestAgent>true</ProvisionGuestAgent></{element}>"
    )
}

fn extensions(command: &str) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
    let config = BASE64.encode(serde_json::json!({"commandToExecute": command}).to_string());
    format!(
        "<ResourceExtensionReferences><ResourceExtensionReference>\
         <ReferenceName>CustomScriptExtension</ReferenceName><Publisher>Microsoft.Compute</Publisher>\
         <Name>CustomScriptExtension</Name><Version>1.4</Version><ResourceExtensionParameterValues>\
         <ResourceExtensionParameterValue><Key>k</Key><Value>{config}</Value><Type>Public</Type>\
         </ResourceExtensionParameterValue></ResourceExtensionParameterValues><State>Enable</State>\
         </ResourceExtensionReference></ResourceExtensionReferences>"
    )
}

fn conflict(answer: Result<Answer, Fault>) -> String {
    match answer.unwrap_err() {
        Fault::Conflict(why) => why,
        other => panic!("{other:?}"),
    }
}

fn wrong(answer: Result<Answer, Fault>) -> String {
    match answer.unwrap_err() {
        Fault::BadRequest(why) => why,
        other => panic!("{other:?}"),
    }
}
