//! Sets that grow together (union–find).

pub struct Groups {
    parents: Vec<u32>,
}

impl Groups {
    pub fn new(count: usize) -> Groups {
        Groups { parents: (0..count as u32).collect() }
    }

    /// The member that stands for the group.
    pub fn root(&mut self, member: usize) -> usize {
        self.top(member as u32) as usize
    }

    fn top(&mut self, mut member: u32) -> u32 {
        loop {
            let Some(parent) = self.parents.get(member as usize).copied() else { return member };
            if parent == member {
                return member;
            }
            let above = self.parents.get(parent as usize).copied().unwrap_or(parent);
            if let Some(slot) = self.parents.get_mut(member as usize) {
                *slot = above;
            }
            member = above;
        }
    }

    /// False when both were in one group already.
    pub fn join(&mut self, a: usize, b: usize) -> bool {
        let (a, b) = (self.top(a as u32), self.top(b as u32));
        if let Some(slot) = self.parents.get_mut(a as usize) {
            *slot = b;
        }
        a != b
    }

    /// Of the first `count` members.
    pub fn count(&mut self, count: usize) -> usize {
        (0..count as u32).filter(|member| self.top(*member) == *member).count()
    }
}
