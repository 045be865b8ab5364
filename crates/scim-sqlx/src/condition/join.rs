//! Terms joined by `and` and `or`. Those about one list share a subquery, so that a long filter stays cheap to plan.

use scim_core::{AttrPath, Resolved};
use scim_filter::{CompareOp, Typed};

use super::{Refused, Translator};
use crate::columns::Rows;
use crate::dialect::Dialect;
use crate::sql::Sql;

/// How terms are joined.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Join {
    And,
    Or,
}

/// A term, or several about the elements of one list: that any element satisfies one of them, or that none does.
enum Term<'t> {
    One(&'t Typed),
    OfList(AttrPath, Vec<&'t Typed>),
}

impl<DB: Dialect> Translator<'_, DB> {
    pub(super) fn joined(
        &self,
        sql: &mut Sql,
        list: &[Typed],
        join: Join,
        rows: Option<&Rows>,
    ) -> Result<(), Refused> {
        let mut terms: Vec<Term<'_>> = Vec::new();
        for typed in list {
            let Some(own) = self.list_of(typed, join).filter(|_| rows.is_none()) else {
                terms.push(Term::One(typed));
                continue;
            };
            let same = terms.iter_mut().find_map(|term| match term {
                Term::OfList(list, of_list) if *list == own => Some(of_list),
                _ => None,
            });
            match same {
                Some(of_list) => of_list.push(typed),
                None => terms.push(Term::OfList(own, vec![typed])),
            }
        }
        self.halves(sql, &terms, join, &|sql, term| match term {
            Term::One(typed) => self.tree(sql, typed, rows),
            Term::OfList(list, of_list) => self.of_list(sql, list, of_list, join),
        })
    }

    /// The list of a term that can share: `or` of what any element may satisfy, `and` of what none may.
    fn list_of(&self, typed: &Typed, join: Join) -> Option<AttrPath> {
        let target = match (join, typed) {
            (Join::Or, Typed::Compare(_, CompareOp::Ne, _)) => None,
            (Join::Or, typed) => of_any(typed),
            (Join::And, Typed::Compare(target, CompareOp::Ne, _)) => Some(target),
            (Join::And, Typed::Not(inner)) => match &**inner {
                Typed::Compare(_, CompareOp::Ne, _) => None,
                inner => of_any(inner),
            },
            (Join::And, _) => None,
        }?;
        self.columns.rows(target).map(|_| target.path().clone().without_sub())
    }

    fn of_list(&self, sql: &mut Sql, list: &AttrPath, terms: &[&Typed], join: Join) -> Result<(), Refused> {
        let own = self.columns.rows_of(list).ok_or_else(|| Refused::Unmapped(list.clone()))?;
        let not = if join == Join::And { "NOT " } else { "" };
        sql.sql(format!("({not}EXISTS (SELECT 1 FROM {} AND ", own.from));
        self.halves(sql, terms, Join::Or, &|sql, typed| self.of_element(sql, typed, own))?;
        sql.sql(self.fence).sql("))");
        Ok(())
    }

    /// What one element satisfies, of a term that [`list_of`](Self::list_of) has found.
    fn of_element(&self, sql: &mut Sql, typed: &Typed, rows: &Rows) -> Result<(), Refused> {
        match typed {
            Typed::Not(inner) => self.of_element(sql, inner, rows),
            Typed::Compare(target, CompareOp::Ne, operand) => {
                self.compare(sql, target, CompareOp::Eq, operand, Some(rows))
            }
            Typed::Element(_, inner) => self.tree(sql, inner, Some(rows)),
            other => self.tree(sql, other, Some(rows)),
        }
    }

    /// In halves, since databases take a long row of terms for a deep tree and refuse it.
    fn halves<T>(
        &self,
        sql: &mut Sql,
        terms: &[T],
        join: Join,
        write: &impl Fn(&mut Sql, &T) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        match terms {
            [] => {
                sql.constant(join == Join::And);
                Ok(())
            }
            [only] => write(sql, only),
            more => {
                let (first, second) = more.split_at(more.len() / 2);
                sql.sql("(");
                self.halves(sql, first, join, write)?;
                sql.sql(if join == Join::And { " AND " } else { " OR " });
                self.halves(sql, second, join, write)?;
                sql.sql(")");
                Ok(())
            }
        }
    }
}

/// What a term asks about, if any single element may satisfy it.
fn of_any(typed: &Typed) -> Option<&Resolved> {
    match typed {
        Typed::Compare(target, ..) | Typed::Element(target, _) | Typed::Present(target) => Some(target),
        Typed::And(_) | Typed::Or(_) | Typed::Not(_) | Typed::Constant(_) => None,
    }
}
