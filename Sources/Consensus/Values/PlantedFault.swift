/// Defects that the simulator plants to prove that its checkers bite. Nothing but a simulator's or a test's constructor
/// of a group names one; no configuration, command line or message reaches this.
public enum PlantedFault: String, Sendable, CaseIterable {
    /// A leader commits entries of earlier terms by counting replicas (Raft paper, figure 8).
    case countOldTerms
    /// A replica votes for every candidate of a term.
    case voteTwice
    /// Votes and acknowledgements leave before what they promise is durable.
    case acknowledgeBeforeDurable
    /// A leader answers reads without asking whether it still leads.
    case readWithoutReadIndex
    /// An installed snapshot leaves the configuration as it was.
    case staleConfigurationOnSnapshot
    /// What was decided earlier may change the members after what was decided later.
    case forgetDecision
    /// Members are changed while an earlier change is not committed.
    case twoChangesAtOnce
}
