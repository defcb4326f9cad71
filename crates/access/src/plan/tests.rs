use super::Decision::{Allowed as A, Forbidden as F, Invisible as I};
use super::*;
use crate::{Membership, Scope, may_import};

const SUBJECT: &str = "https://login.example|anna";

/// `planner@garching lead@ismaning`; `-`: nobody.
fn caller(text: &str) -> Option<Caller> {
    let membership = |text: &str| {
        let (role, organization) = text.split_once('@').unwrap();
        Membership { organization: organization.to_owned(), role: role.parse().unwrap() }
    };
    (text != "-").then(|| Caller {
        subject: SUBJECT.to_owned(),
        name: "Anna".to_owned(),
        memberships: text.split_whitespace().map(membership).collect(),
        scopes: Vec::new(),
    })
}

fn plan() -> PlanStanding {
    PlanStanding { owners: vec!["garching".to_owned()], ..PlanStanding::default() }
}

fn published(visibility: Visibility) -> PlanStanding {
    PlanStanding { is_submitted: true, is_published: true, visibility, ..plan() }
}

fn shared(to: Grantee, level: GrantLevel) -> PlanStanding {
    PlanStanding { grants: vec![Grant { to, level }], ..plan() }
}

fn check(who: &str, plan: &PlanStanding, expected: &[(Action, Decision)]) {
    let caller = caller(who);
    for (action, decision) in expected {
        let found = decide(caller.as_ref(), *action, plan);
        assert_eq!(found, *decision, "{who}: {action:?} on {plan:?}");
    }
}

/// The columns of the table of rights in `docs/access.md`, in its order.
const COLUMNS: [&str; 8] = [
    "-",
    "viewer@garching",
    "planner@garching",
    "lead@garching",
    "publisher@garching",
    "admin@garching",
    "planner@ismaning",
    "admin@unterfoehring",
];

/// The rows: a draft of Garching that Ismaning (the seventh) may co-edit; the eighth is no partner.
#[test]
fn a_draft_is_as_the_table_says() {
    let plan = shared(Grantee::Organization("ismaning".to_owned()), GrantLevel::CoEdit);
    for (action, row) in [
        (Action::ReadDraft, [I, A, A, A, A, A, A, I]),
        (Action::ReadPublished, [I, I, I, I, I, I, I, I]),
        (Action::EditDraft, [I, F, A, A, F, A, A, I]),
        (Action::Submit, [I, F, F, A, A, A, F, I]),
        (Action::Share, [I, F, F, A, A, A, F, I]),
        (Action::AgreeToPublish, [I, F, F, F, A, A, F, I]),
        (Action::Publish, [I, F, F, F, A, A, F, I]),
        (Action::Withdraw, [I, F, F, F, A, A, F, I]),
        (Action::SetStage, [I, F, F, F, A, A, F, I]),
        (Action::CommentInternal, [I, A, A, A, A, A, A, I]),
        (Action::State, [I, I, I, I, I, I, I, I]),
        (Action::RunAnalysis, [I, A, A, A, A, A, A, I]),
        (Action::Administer, [I, F, F, F, F, A, F, I]),
    ] {
        for (who, decision) in COLUMNS.iter().zip(row) {
            check(who, &plan, &[(action, decision)]);
        }
    }
}

/// The same rows where a revision is published to everybody: 403 in place of 404 for what others may not do.
#[test]
fn a_published_plan_is_as_the_table_says() {
    let plan = PlanStanding {
        grants: vec![Grant { to: Grantee::Organization("ismaning".to_owned()), level: GrantLevel::Read }],
        ..published(Visibility::Public)
    };
    for (action, row) in [
        (Action::ReadDraft, [I, A, A, A, A, A, A, I]),
        (Action::ReadPublished, [A, A, A, A, A, A, A, A]),
        (Action::EditDraft, [F, F, A, A, F, A, F, F]),
        (Action::Submit, [F, F, F, A, A, A, F, F]),
        (Action::Share, [F, F, F, A, A, A, F, F]),
        (Action::AgreeToPublish, [F, F, F, F, A, A, F, F]),
        (Action::Publish, [F, F, F, F, A, A, F, F]),
        (Action::Withdraw, [F, F, F, F, A, A, F, F]),
        (Action::SetStage, [F, F, F, F, A, A, F, F]),
        (Action::CommentInternal, [F, A, A, A, A, A, F, F]),
        (Action::State, [A, A, A, A, A, A, A, A]),
        (Action::RunAnalysis, [A, A, A, A, A, A, A, A]),
        (Action::Administer, [F, F, F, F, F, A, F, F]),
    ] {
        for (who, decision) in COLUMNS.iter().zip(row) {
            check(who, &plan, &[(action, decision)]);
        }
    }
}

/// The row of the base data: no role imports, a scope does.
#[test]
fn no_role_imports_base_data() {
    let buildings = stadtwin_model::Target::Collection("buildings".to_owned());
    for who in &COLUMNS[1..] {
        assert!(!caller(who).unwrap().may_import(Some(&buildings)), "{who}");
    }
    assert!(may_import(&[Scope::Import("buildings".to_owned())], Some(&buildings)));
}

#[test]
fn viewers_read_drafts_of_their_projects() {
    let of = |subject: &str| PlanStanding { members: vec![subject.to_owned()], ..plan() };
    check("viewer@garching", &of(SUBJECT), &[(Action::ReadDraft, A), (Action::CommentInternal, A)]);
    let others = of("https://login.example|bert");
    check("viewer@garching", &others, &[(Action::ReadDraft, I), (Action::CommentInternal, I)]);
    check("planner@garching", &others, &[(Action::ReadDraft, A), (Action::EditDraft, A)]);
    // To be a member alone gives nothing: it is a role of an owner that counts.
    check("viewer@ismaning", &of(SUBJECT), &[(Action::ReadDraft, I)]);
    // A published revision for the whole organization shows the plan, not its draft.
    let for_all = PlanStanding { members: others.members, ..published(Visibility::Organization) };
    check(
        "viewer@garching",
        &for_all,
        &[(Action::ReadPublished, A), (Action::ReadDraft, I), (Action::CommentInternal, F)],
    );
}

#[test]
fn visibility_is_for_what_is_published() {
    let who = ["-", "viewer@garching", "viewer@ismaning", "viewer@unterfoehring"];
    for (visibility, row) in [
        (Visibility::Private, [I, I, I, I]),
        (Visibility::Organization, [I, A, I, I]),
        (Visibility::Partners, [I, A, A, I]),
        (Visibility::Registered, [I, A, A, A]),
        (Visibility::Public, [A, A, A, A]),
    ] {
        let plan = PlanStanding {
            members: vec!["https://login.example|bert".to_owned()],
            partners: vec!["ismaning".to_owned()],
            ..published(visibility)
        };
        let draft = PlanStanding { is_published: false, ..plan.clone() };
        for (who, decision) in who.iter().zip(row) {
            for action in [Action::ReadPublished, Action::State, Action::RunAnalysis] {
                check(who, &plan, &[(action, decision)]);
                check(who, &draft, &[(action, I)]);
            }
            check(who, &plan, &[(Action::ReadDraft, I)]);
        }
    }
}

#[test]
fn grants_give_their_level_and_no_more_than_the_role_at_home() {
    let ismaning = || Grantee::Organization("ismaning".to_owned());
    let person = |subject: &str| Grantee::Person(subject.to_owned());
    let actions = [Action::ReadDraft, Action::CommentInternal, Action::EditDraft, Action::Submit];
    for (who, to, level, row) in [
        ("planner@ismaning", ismaning(), GrantLevel::Read, [A, F, F, F]),
        ("planner@ismaning", ismaning(), GrantLevel::Comment, [A, A, F, F]),
        ("planner@ismaning", ismaning(), GrantLevel::CoEdit, [A, A, A, F]),
        ("lead@ismaning", ismaning(), GrantLevel::CoEdit, [A, A, A, F]),
        ("viewer@ismaning", ismaning(), GrantLevel::CoEdit, [A, A, F, F]),
        ("publisher@ismaning", ismaning(), GrantLevel::CoEdit, [A, A, F, F]),
        ("authority@ismaning", ismaning(), GrantLevel::Comment, [A, A, F, F]),
        ("planner@unterfoehring", ismaning(), GrantLevel::CoEdit, [I, I, I, I]),
        ("", person(SUBJECT), GrantLevel::CoEdit, [A, A, A, F]),
        ("viewer@garching", person(SUBJECT), GrantLevel::CoEdit, [A, A, A, F]),
        ("", person("https://other.example|anna"), GrantLevel::CoEdit, [I, I, I, I]),
        ("-", person(SUBJECT), GrantLevel::CoEdit, [I, I, I, I]),
    ] {
        let expected: Vec<_> = actions.into_iter().zip(row).collect();
        check(who, &shared(to, level), &expected);
    }
}

#[test]
fn authorities_read_what_is_submitted_and_state() {
    let submitted = PlanStanding { is_submitted: true, ..plan() };
    check("authority@garching", &plan(), &[(Action::ReadDraft, I), (Action::RunAnalysis, I)]);
    check(
        "authority@garching",
        &submitted,
        &[
            (Action::ReadDraft, A),
            (Action::RunAnalysis, A),
            (Action::CommentInternal, F),
            (Action::EditDraft, F),
        ],
    );
    check("authority@ismaning", &submitted, &[(Action::ReadDraft, I)]);
    let displayed = published(Visibility::Private);
    check("authority@garching", &displayed, &[(Action::State, A), (Action::ReadPublished, A)]);
    check("authority@ismaning", &displayed, &[(Action::State, I)]);
}

#[test]
fn a_joint_project_is_published_by_publishers_of_all_owners() {
    let joint = |agreed: &[&str]| PlanStanding {
        owners: vec!["garching".to_owned(), "ismaning".to_owned()],
        agreed: agreed.iter().map(|one| (*one).to_owned()).collect(),
        ..plan()
    };
    for (who, agreed, missing, publish, agree) in [
        ("publisher@garching", &[][..], &["ismaning"][..], F, A),
        ("publisher@garching", &["garching"], &["ismaning"], F, A),
        ("publisher@garching", &["ismaning"], &[], A, A),
        ("publisher@garching publisher@ismaning", &[], &[], A, A),
        ("publisher@garching admin@ismaning", &[], &[], A, A),
        // All have agreed, and still a publisher has to do it.
        ("lead@garching", &["garching", "ismaning"], &[], F, F),
        ("planner@ismaning", &[], &["garching", "ismaning"], F, F),
        ("publisher@unterfoehring", &["garching", "ismaning"], &[], I, I),
        ("-", &[], &["garching", "ismaning"], I, I),
    ] {
        let plan = joint(agreed);
        assert_eq!(still_to_agree(caller(who).as_ref(), &plan), missing, "{who} {agreed:?}");
        check(
            who,
            &plan,
            &[(Action::Publish, publish), (Action::AgreeToPublish, agree), (Action::Withdraw, agree)],
        );
    }
    // Each owner's people work on it.
    check("planner@ismaning", &joint(&[]), &[(Action::EditDraft, A), (Action::SetStage, F)]);
    check("publisher@ismaning", &joint(&[]), &[(Action::SetStage, A)]);
}

/// A plan that nobody owns belongs to nobody: no role gives anything on it.
#[test]
fn roles_count_where_they_are_held() {
    let nobodys = PlanStanding { owners: Vec::new(), ..plan() };
    for action in Action::ALL {
        check("admin@garching", &nobodys, &[(action, I)]);
    }
}

#[test]
fn names_are_read_as_they_are_written() {
    let visibilities: Vec<_> = Visibility::ALL.iter().map(Visibility::to_string).collect();
    assert_eq!(visibilities, ["private", "organization", "partners", "registered", "public"]);
    let levels: Vec<_> = GrantLevel::ALL.iter().map(GrantLevel::to_string).collect();
    assert_eq!(levels, ["read", "comment", "co-edit"]);
    assert!(Visibility::ALL.iter().all(|one| one.name().parse() == Ok(*one)));
    assert!(GrantLevel::ALL.iter().all(|one| one.name().parse() == Ok(*one)));
    assert!("".parse::<Visibility>().is_err() && "edit".parse::<GrantLevel>().is_err());
}
