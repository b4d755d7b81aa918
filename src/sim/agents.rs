//! The agents that bluetoothd knows (`src/agent.c`): who is the default, who is being asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use zbus::names::OwnedUniqueName;
use zbus::wire::OwnedObjectPath;

use super::error::{ALREADY_EXISTS, DOES_NOT_EXIST, INVALID_ARGUMENTS, Refusal};
use crate::pairing::Capability;

/// A registered agent.
///
/// It outlives its registration: a request that is open when it unregisters stays open.
#[derive(Debug)]
pub(super) struct Agent {
    pub(super) owner: OwnedUniqueName,
    pub(super) path: OwnedObjectPath,
    pub(super) capability: Capability,
    request: Mutex<Slot>,
}

/// At most one call of an agent waits for its reply (`agent_has_request`).
#[derive(Debug, Default)]
struct Slot {
    opened: u64,
    open: Option<oneshot::Sender<()>>,
}

/// The slot is taken: bluetoothd refuses (`-EBUSY`) without asking.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Busy;

/// A request that has taken an agent's slot.
#[derive(Debug)]
pub(super) struct OpenRequest {
    number: u64,
    /// Resolves when the request is cancelled.
    pub(super) cancelled: oneshot::Receiver<()>,
}

impl Agent {
    pub(super) fn open_request(&self) -> Result<OpenRequest, Busy> {
        let mut slot = self.slot();
        if slot.open.is_some() {
            return Err(Busy);
        }
        let (open, cancelled) = oneshot::channel();
        slot.open = Some(open);
        slot.opened += 1;
        Ok(OpenRequest { number: slot.opened, cancelled })
    }

    /// Frees the slot; false if `request` no longer had it, so that its reply comes too late.
    pub(super) fn close_request(&self, request: &OpenRequest) -> bool {
        let mut slot = self.slot();
        slot.opened == request.number && slot.open.take().is_some()
    }

    /// Frees the slot whoever has it; true if somebody had it and `Cancel` is due
    /// (`agent_cancel`).
    pub(super) fn cancel_request(&self) -> bool {
        self.slot().open.take().is_some()
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.request.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The registered agents, the default one first. Every agent is a candidate.
#[derive(Debug, Default)]
pub(super) struct Agents(VecDeque<Arc<Agent>>);

/// Whether another agent (or none) is the default now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DefaultAgent {
    Changed,
    Same,
}

impl Agents {
    /// The agent that is asked about incoming pairings.
    pub(super) fn default_agent(&self) -> Option<&Arc<Agent>> {
        self.0.front()
    }

    /// The agent of a connection.
    pub(super) fn of(&self, owner: &str) -> Option<&Arc<Agent>> {
        self.0.iter().find(|agent| agent.owner.as_str() == owner)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Agent>> {
        self.0.iter()
    }

    /// `AgentManager1.RegisterAgent` (`register_agent`). The capability is one of five names, or
    /// empty for `KeyboardDisplay`; the prefixes that 5.87 takes as well are refused.
    ///
    /// # Errors
    ///
    /// `AlreadyExists` before `InvalidArguments`, as in BlueZ.
    pub(super) fn register(
        &mut self,
        owner: OwnedUniqueName,
        path: OwnedObjectPath,
        capability: &str,
    ) -> Result<DefaultAgent, Refusal> {
        if self.0.iter().any(|agent| agent.owner == owner) {
            return Err(ALREADY_EXISTS);
        }
        let capability = match capability {
            "" => Capability::KeyboardDisplay,
            name => name.parse().map_err(|_| INVALID_ARGUMENTS)?,
        };
        let request = Mutex::default();
        self.0.push_back(Arc::new(Agent { owner, path, capability, request }));
        Ok(if self.0.len() == 1 { DefaultAgent::Changed } else { DefaultAgent::Same })
    }

    /// `AgentManager1.RequestDefaultAgent`; nothing is applied again if it is the default already.
    ///
    /// # Errors
    ///
    /// `DoesNotExist` if `owner` has no agent at `path`.
    pub(super) fn request_default(
        &mut self,
        owner: &OwnedUniqueName,
        path: &OwnedObjectPath,
    ) -> Result<DefaultAgent, Refusal> {
        match self.position(owner, path)? {
            0 => Ok(DefaultAgent::Same),
            index => {
                if let Some(agent) = self.0.remove(index) {
                    self.0.push_front(agent);
                }
                Ok(DefaultAgent::Changed)
            }
        }
    }

    /// `AgentManager1.UnregisterAgent`: no `Release`, no `Cancel`.
    ///
    /// # Errors
    ///
    /// `DoesNotExist` if `owner` has no agent at `path`.
    pub(super) fn unregister(
        &mut self,
        owner: &OwnedUniqueName,
        path: &OwnedObjectPath,
    ) -> Result<DefaultAgent, Refusal> {
        let index = self.position(owner, path)?;
        Ok(self.remove(index))
    }

    /// A connection left the bus, which unregisters its agent.
    pub(super) fn disconnected(&mut self, owner: &str) -> DefaultAgent {
        match self.0.iter().position(|agent| agent.owner.as_str() == owner) {
            Some(index) => self.remove(index),
            None => DefaultAgent::Same,
        }
    }

    fn position(&self, owner: &OwnedUniqueName, path: &OwnedObjectPath) -> Result<usize, Refusal> {
        let found = self.0.iter().position(|agent| agent.owner == *owner && agent.path == *path);
        found.ok_or(DOES_NOT_EXIST)
    }

    fn remove(&mut self, index: usize) -> DefaultAgent {
        self.0.remove(index);
        if index == 0 { DefaultAgent::Changed } else { DefaultAgent::Same }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(name: &str) -> OwnedUniqueName {
        name.try_into().unwrap()
    }

    fn path(path: &str) -> OwnedObjectPath {
        path.try_into().unwrap()
    }

    fn default_owner(agents: &Agents) -> Option<&str> {
        agents.default_agent().map(|agent| agent.owner.as_str())
    }

    #[test]
    fn the_first_agent_is_the_default_and_the_next_in_line_follows_it() {
        let mut agents = Agents::default();
        let (a, b, c) = (owner(":1.1"), owner(":1.2"), owner(":1.3"));
        let at = path("/agent");
        let mut register = |who: &OwnedUniqueName| {
            agents.register(who.clone(), at.clone(), "DisplayYesNo").unwrap()
        };
        assert_eq!(
            [register(&a), register(&b), register(&c)],
            [DefaultAgent::Changed, DefaultAgent::Same, DefaultAgent::Same]
        );
        assert_eq!(agents.request_default(&c, &at), Ok(DefaultAgent::Changed));
        assert_eq!(agents.request_default(&c, &at), Ok(DefaultAgent::Same));
        assert_eq!(agents.unregister(&b, &at), Ok(DefaultAgent::Same));
        assert_eq!(agents.disconnected(":1.3"), DefaultAgent::Changed);
        assert_eq!(default_owner(&agents), Some(":1.1"));
        assert_eq!(agents.unregister(&a, &path("/other")), Err(DOES_NOT_EXIST));
        assert_eq!(agents.request_default(&b, &at), Err(DOES_NOT_EXIST));
    }

    #[test]
    fn the_capability_is_one_of_five_names_or_empty() {
        let mut agents = Agents::default();
        let at = path("/agent");
        for name in ["displayyesno", "Display", "Keyboard", "DisplayYesNo ", "None"] {
            let refused = agents.register(owner(":1.1"), at.clone(), name);
            assert_eq!(refused, Err(INVALID_ARGUMENTS), "{name}");
        }
        agents.register(owner(":1.1"), at.clone(), "").unwrap();
        assert_eq!(agents.default_agent().unwrap().capability, Capability::KeyboardDisplay);
        let again = agents.register(owner(":1.1"), path("/other"), "Display");
        assert_eq!(again, Err(ALREADY_EXISTS), "checked before the capability");
    }

    #[test]
    fn a_request_that_lost_the_slot_cannot_free_it() {
        let mut agents = Agents::default();
        agents.register(owner(":1.1"), path("/agent"), "").unwrap();
        let agent = agents.default_agent().unwrap();
        let first = agent.open_request().unwrap();
        assert_eq!(agent.open_request().unwrap_err(), Busy);
        assert!(agent.cancel_request());
        assert!(!agent.cancel_request());
        let second = agent.open_request().unwrap();
        assert!(!agent.close_request(&first));
        assert!(agent.close_request(&second));
    }
}
