//! What becomes of one object in a scenario: its operations in order, for every span of time in which they differ.

use stadtwin_model::Span;

/// What an operation does to one object.
#[derive(Debug, Clone, PartialEq)]
pub enum Act<T, C> {
    /// Brings it.
    Bring(T),
    /// Takes it away.
    Remove,
    /// Takes it away because others stand in its place.
    Replace,
    /// Changes where it is, how it is turned or how large it is.
    Transform(C),
    /// Changes what is said of it.
    Modify(C),
}

/// An operation as it touches one object.
#[derive(Debug, Clone, PartialEq)]
pub struct Step<T, C> {
    /// Names the operation to the caller.
    pub operation: i64,
    /// Of the scenario itself, not of one that it builds on.
    pub is_own: bool,
    pub span: Span,
    pub act: Act<T, C>,
}

/// The object in a span of time in which some operation touches it.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome<T> {
    pub span: Span,
    /// `None`: it is not there.
    pub state: Option<T>,
    /// The scenario's own operations that made it so.
    pub operations: Vec<i64>,
}

/// Why an operation cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault<E> {
    /// Two operations of one scenario change the same object in the same time.
    Twice { operation: i64, earlier: i64 },
    /// The object is in no time there for the operation to do anything to.
    Nothing { operation: i64 },
    /// The object is there already.
    Taken { operation: i64 },
    /// The change itself fails.
    Change { operation: i64, cause: E },
}

impl<T, C> Act<T, C> {
    /// Decides whether and where the object is: one of its kind in one time (rule of 5.3).
    fn is_structural(&self) -> bool {
        matches!(self, Act::Remove | Act::Replace | Act::Transform(_))
    }
}

/// What becomes of an object whose state without the scenario is `base`; steps come in order, those of parents first.
/// Outcomes come in the order of time, without spans that no step touches and without two like ones side by side.
pub fn resolve<T: Clone + PartialEq, C, E>(
    base: Option<&T>,
    steps: &[Step<T, C>],
    mut change: impl FnMut(&mut T, &C) -> Result<(), E>,
) -> Result<Vec<Outcome<T>>, Fault<E>> {
    let mut has_effect = vec![false; steps.len()];
    let mut outcomes: Vec<Outcome<T>> = Vec::new();
    for span in spans(steps) {
        let active: Vec<usize> = (0..steps.len()).filter(|at| steps[*at].span.overlaps(&span)).collect();
        if active.is_empty() {
            continue;
        }
        check_alone(steps, &active)?;
        let mut state = base.cloned();
        for at in &active {
            has_effect[*at] |= apply(&mut state, &steps[*at], &mut change)?;
        }
        let own = active.iter().filter(|at| steps[**at].is_own).map(|at| steps[*at].operation);
        let operations: Vec<i64> = own.collect();
        match outcomes.last_mut() {
            Some(last)
                if last.span.to == span.from && last.state == state && last.operations == operations =>
            {
                last.span.to = span.to;
            }
            _ => outcomes.push(Outcome { span, state, operations }),
        }
    }
    let idle = steps.iter().zip(&has_effect).find(|(step, has_effect)| step.is_own && !**has_effect);
    match idle {
        Some((step, _)) => Err(Fault::Nothing { operation: step.operation }),
        None => Ok(outcomes),
    }
}

/// All time, cut where a step begins or ends.
fn spans<T, C>(steps: &[Step<T, C>]) -> Vec<Span> {
    let mut cuts: Vec<i64> = steps.iter().flat_map(|step| [step.span.from, step.span.to]).flatten().collect();
    cuts.sort_unstable();
    cuts.dedup();
    let mut from = None;
    let mut spans: Vec<Span> = Vec::with_capacity(cuts.len() + 1);
    for cut in cuts {
        spans.push(Span { from, to: Some(cut) });
        from = Some(cut);
    }
    spans.push(Span { from, to: None });
    spans
}

fn check_alone<T, C, E>(steps: &[Step<T, C>], active: &[usize]) -> Result<(), Fault<E>> {
    let mut structural =
        active.iter().map(|at| &steps[*at]).filter(|step| step.is_own && step.act.is_structural());
    match (structural.next(), structural.next()) {
        (Some(earlier), Some(later)) => {
            Err(Fault::Twice { operation: later.operation, earlier: earlier.operation })
        }
        _ => Ok(()),
    }
}

/// Whether the step found something to do.
fn apply<T: Clone, C, E>(
    state: &mut Option<T>,
    step: &Step<T, C>,
    change: &mut impl FnMut(&mut T, &C) -> Result<(), E>,
) -> Result<bool, Fault<E>> {
    let operation = step.operation;
    match (&step.act, state.as_mut()) {
        (Act::Bring(_), Some(_)) => return Err(Fault::Taken { operation }),
        (Act::Bring(object), None) => *state = Some(object.clone()),
        (Act::Remove | Act::Replace, Some(_)) => *state = None,
        (Act::Transform(how) | Act::Modify(how), Some(object)) => {
            change(object, how).map_err(|cause| Fault::Change { operation, cause })?;
        }
        (_, None) => return Ok(false),
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Try = Result<Vec<(Option<i64>, Option<i64>, Option<String>)>, Fault<String>>;

    fn step(
        operation: i64,
        span: (Option<i64>, Option<i64>),
        act: Act<String, &'static str>,
    ) -> Step<String, &'static str> {
        Step { operation, is_own: operation > 0, span: Span { from: span.0, to: span.1 }, act }
    }

    /// Objects are words, changes are letters behind them; `!` cannot be.
    fn of(base: Option<&str>, steps: &[Step<String, &'static str>]) -> Try {
        let base = base.map(str::to_owned);
        let change = |word: &mut String, letters: &&'static str| match *letters {
            "!" => Err("no".to_owned()),
            letters => {
                word.push_str(letters);
                Ok(())
            }
        };
        let outcomes = resolve(base.as_ref(), steps, change)?;
        Ok(outcomes.into_iter().map(|outcome| (outcome.span.from, outcome.span.to, outcome.state)).collect())
    }

    fn word(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    /// State without the scenario, steps, what comes of them.
    type Case = (Option<&'static str>, Vec<Step<String, &'static str>>, Try);

    const ALWAYS: (Option<i64>, Option<i64>) = (None, None);

    #[test]
    fn objects_are_what_their_operations_make_of_them() {
        let bring = |text: &str| Act::Bring(text.to_owned());
        let cases: Vec<Case> = vec![
            (Some("b"), vec![step(1, ALWAYS, Act::Remove)], Ok(vec![(None, None, None)])),
            (None, vec![step(1, ALWAYS, bring("h"))], Ok(vec![(None, None, word("h"))])),
            // Removed for a time, which ends before its end (N29).
            (Some("b"), vec![step(1, (Some(4), Some(9)), Act::Remove)], Ok(vec![(Some(4), Some(9), None)])),
            // Changes follow each other; what no operation touches is no outcome.
            (
                Some("b"),
                vec![
                    step(1, (Some(2), None), Act::Modify("x")),
                    step(2, (Some(4), Some(6)), Act::Modify("y")),
                ],
                Ok(vec![
                    (Some(2), Some(4), word("bx")),
                    (Some(4), Some(6), word("bxy")),
                    (Some(6), None, word("bx")),
                ]),
            ),
            // A child changes what its parent brings; its own transformation stands beside the parent's.
            (
                None,
                vec![
                    step(-1, ALWAYS, bring("h")),
                    step(-2, ALWAYS, Act::Transform("t")),
                    step(1, ALWAYS, Act::Transform("u")),
                ],
                Ok(vec![(None, None, word("htu"))]),
            ),
            // Before it is there, nothing is changed.
            (
                None,
                vec![step(1, (Some(4), None), bring("h")), step(2, ALWAYS, Act::Modify("x"))],
                Ok(vec![(None, Some(4), None), (Some(4), None, word("hx"))]),
            ),
            (
                Some("b"),
                vec![step(1, ALWAYS, Act::Remove), step(2, ALWAYS, Act::Transform("t"))],
                Err(Fault::Twice { operation: 2, earlier: 1 }),
            ),
            (
                Some("b"),
                vec![step(1, (None, Some(4)), Act::Transform("t")), step(2, (Some(4), None), Act::Remove)],
                Ok(vec![(None, Some(4), word("bt")), (Some(4), None, None)]),
            ),
            (Some("b"), vec![step(1, ALWAYS, bring("h"))], Err(Fault::Taken { operation: 1 })),
            (None, vec![step(1, ALWAYS, Act::Remove)], Err(Fault::Nothing { operation: 1 })),
            (
                Some("b"),
                vec![step(-1, ALWAYS, Act::Remove), step(1, ALWAYS, Act::Modify("x"))],
                Err(Fault::Nothing { operation: 1 }),
            ),
            (
                Some("b"),
                vec![step(1, ALWAYS, Act::Modify("!"))],
                Err(Fault::Change { operation: 1, cause: "no".into() }),
            ),
        ];
        for (base, steps, expected) in cases {
            assert_eq!(of(base, &steps), expected, "{base:?} {steps:?}");
        }
    }
}
