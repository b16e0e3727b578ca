//! The rules that rows break, beside the rows: most break none. A session may break one
//! with every frame, so a row that does takes little here, too.

use crate::protocol::violation::Violation;

/// Violations by rows, which come in order.
#[derive(Debug, Default)]
pub(super) struct BrokenRules {
    /// Each row that breaks a rule, and where its violations begin.
    rows: Vec<(u64, usize)>,
    all: Vec<Violation>,
}

impl BrokenRules {
    /// Takes what a row behind all others breaks.
    pub fn push(&mut self, row: u64, violations: &[Violation]) {
        self.rows.push((row, self.all.len()));
        self.all.extend_from_slice(violations);
    }

    /// What a row breaks.
    pub fn of(&self, row: u64) -> &[Violation] {
        let Ok(at) = self.rows.binary_search_by_key(&row, |(row, _)| *row) else { return &[] };
        let end = self.rows.get(at + 1).map_or(self.all.len(), |(_, begin)| *begin);
        &self.all[self.rows[at].1..end]
    }

    /// Forgets the rows from `row` on.
    pub fn truncate(&mut self, row: u64) {
        let at = self.rows.partition_point(|(index, _)| *index < row);
        if let Some((_, begin)) = self.rows.get(at) {
            self.all.truncate(*begin);
            self.rows.truncate(at);
        }
    }

    /// Octets of memory.
    #[cfg(test)]
    pub fn memory(&self) -> usize {
        self.rows.capacity() * size_of::<(u64, usize)>()
            + self.all.capacity() * size_of::<Violation>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Role, Rule};

    #[test]
    fn each_row_has_its_own() {
        let broken = |rule| Violation::new(rule, Role::Client);
        let mut rules = BrokenRules::default();
        rules.push(3, &[broken(Rule::Rsv1), broken(Rule::Rsv2)]);
        rules.push(7, &[broken(Rule::Rsv3)]);
        let of =
            |rules: &BrokenRules, row| rules.of(row).iter().map(|v| v.rule).collect::<Vec<_>>();
        assert_eq!(of(&rules, 3), [Rule::Rsv1, Rule::Rsv2]);
        assert_eq!((of(&rules, 7), of(&rules, 5)), (vec![Rule::Rsv3], vec![]));
        rules.truncate(7);
        assert_eq!((of(&rules, 3).len(), of(&rules, 7).len()), (2, 0));
        rules.push(9, &[broken(Rule::Rsv3)]);
        assert_eq!(of(&rules, 9), [Rule::Rsv3]);
        rules.truncate(0);
        assert_eq!(of(&rules, 3), []);
    }
}
