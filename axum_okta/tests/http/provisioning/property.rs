//! Whatever is pushed in whatever order, what is read is what a model of it says.

use std::collections::BTreeSet;

use http::Method;
use proptest::{
    prelude::{Just, Strategy, any, prop_oneof},
    sample::subsequence,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

use super::{GROUP, Pushing, USER};

const PEOPLE: usize = 5;
const CASES: usize = 12;
const STEPS: usize = 12;

#[derive(Clone, Debug)]
enum Step {
    Add(Vec<usize>),
    Remove(usize),
    Replace(Vec<usize>),
    Put(Vec<usize>),
    Rename(u8),
    Title(usize, Option<u8>),
    Activate(usize, bool),
}

fn step() -> impl Strategy<Value = Step> {
    let some = || subsequence((0..PEOPLE).collect::<Vec<_>>(), 0..=PEOPLE);
    let one = 0..PEOPLE;
    prop_oneof![
        some().prop_map(Step::Add),
        one.clone().prop_map(Step::Remove),
        some().prop_map(Step::Replace),
        some().prop_map(Step::Put),
        any::<u8>().prop_map(Step::Rename),
        (
            one.clone(),
            prop_oneof![Just(None), any::<u8>().prop_map(Some)]
        )
            .prop_map(|(who, title)| Step::Title(who, title)),
        (one, any::<bool>()).prop_map(|(who, active)| Step::Activate(who, active)),
    ]
}

#[derive(Clone)]
struct Model {
    name: String,
    members: BTreeSet<usize>,
    titles: [Option<u8>; PEOPLE],
    active: [bool; PEOPLE],
}

impl Model {
    fn take(&mut self, step: &Step) {
        match step {
            Step::Add(who) => self.members.extend(who),
            Step::Remove(who) => {
                self.members.remove(who);
            }
            Step::Replace(who) | Step::Put(who) => self.members = who.iter().copied().collect(),
            Step::Rename(name) => self.name = format!("group {name}"),
            Step::Title(who, title) => self.titles[*who] = *title,
            Step::Activate(who, active) => self.active[*who] = *active,
        }
    }
}

struct Pushed {
    okta: Pushing,
    group: String,
    people: Vec<String>,
}

impl Pushed {
    async fn take(&self, step: &Step, model: &Model) {
        let Self {
            okta,
            group,
            people,
        } = self;
        let members = |who: &[usize]| -> Value {
            who.iter()
                .map(|who| json!({ "value": people[*who] }))
                .collect()
        };
        let group = format!("/Groups/{group}");
        let person = |who: usize| format!("/Users/{}", people[who]);
        match step {
            Step::Add(who) => {
                let add = json!([{ "op": "add", "path": "members", "value": members(who) }]);
                okta.patched(&group, add).await;
            }
            Step::Remove(who) => {
                let path = format!("members[value eq \"{}\"]", people[*who]);
                okta.patched(&group, json!([{ "op": "remove", "path": path }]))
                    .await;
            }
            Step::Replace(who) => {
                let value = members(who);
                let replace = json!([{ "op": "replace", "path": "members", "value": value }]);
                okta.patched(&group, replace).await;
            }
            Step::Put(who) => {
                let body = json!({
                    "schemas": [GROUP], "displayName": model.name, "members": members(who),
                });
                okta.send(Method::PUT, &group, body).await;
            }
            Step::Rename(_) => {
                let value = json!({ "displayName": model.name });
                okta.patched(&group, json!([{ "op": "replace", "value": value }]))
                    .await;
            }
            Step::Title(who, Some(title)) => {
                let title = title.to_string();
                let replace = json!([{ "op": "replace", "path": "title", "value": title }]);
                okta.patched(&person(*who), replace).await;
            }
            Step::Title(who, None) => {
                let remove = json!([{ "op": "remove", "path": "title" }]);
                okta.patched(&person(*who), remove).await;
            }
            Step::Activate(who, active) => {
                let replace = json!([{ "op": "replace", "value": { "active": active } }]);
                okta.patched(&person(*who), replace).await;
            }
        }
    }

    async fn read(&self) -> Model {
        let group = self.okta.get(&format!("/Groups/{}", self.group)).await.body;
        let members = group["members"].as_array().unwrap().iter();
        let who = |id: &Value| self.people.iter().position(|known| id == known).unwrap();
        let members = members.map(|member| who(&member["value"])).collect();
        let mut read = Model {
            name: group["displayName"].as_str().unwrap().to_owned(),
            members,
            titles: [None; PEOPLE],
            active: [false; PEOPLE],
        };
        for (at, id) in self.people.iter().enumerate() {
            let person = self.okta.get(&format!("/Users/{id}")).await.body;
            let title = person["title"].as_str();
            read.titles[at] = title.map(|title| title.parse().unwrap());
            read.active[at] = person["active"].as_bool().unwrap();
            let is_member = !person["groups"].as_array().unwrap().is_empty();
            assert_eq!(is_member, read.members.contains(&at));
        }
        read
    }
}

#[tokio::test]
async fn what_is_read_after_any_changes_equals_the_model() {
    let okta = Pushing::on_sqlite().await;
    let mut people = Vec::new();
    for at in 0..PEOPLE {
        let body = json!({ "schemas": [USER], "userName": format!("person{at}") });
        people.push(okta.create("/Users", body).await.id());
    }
    let body = json!({ "schemas": [GROUP], "displayName": "group" });
    let group = okta.create("/Groups", body).await.id();
    let pushed = Pushed {
        okta,
        group,
        people,
    };
    let mut model = pushed.read().await;
    let mut runner = TestRunner::new(Config::default());
    let steps = proptest::collection::vec(step(), STEPS);
    for _ in 0..CASES {
        let steps = steps.new_tree(&mut runner).unwrap().current();
        for step in &steps {
            model.take(step);
            pushed.take(step, &model).await;
        }
        let read = pushed.read().await;
        assert_eq!(read.name, model.name, "{steps:?}");
        assert_eq!(read.members, model.members, "{steps:?}");
        assert_eq!(read.titles, model.titles, "{steps:?}");
        assert_eq!(read.active, model.active, "{steps:?}");
    }
}
