/// The model of a value with a version: what a configuration entity with `ETag` and `If-Match` is to its clients.
///
/// Every successful write raises the version by one. A plain register is this with versions left out of the answers.
public struct VersionedRegister: SequentialModel {
    public struct State: Hashable, Sendable {
        public var value: Int
        public var version: Int
    }

    public enum Input: Sendable, Equatable {
        case read
        case write(Int)
        /// Writes if the version is still this one (`If-Match`).
        case writeIf(version: Int, Int)
        /// Writes if the value is still this one.
        case compareAndSet(expected: Int, Int)
    }

    public enum Output: Sendable, Equatable {
        /// What a read showed; the version only where it was told.
        case value(Int, version: Int?)
        /// A write had its effect, and this is the new version where it was told.
        case written(version: Int?)
        /// The condition of a write did not hold: no effect.
        case mismatch
    }

    public let initial: State

    public init(value: Int = 0, version: Int = 0) { initial = State(value: value, version: version) }

    public func step(_ state: State, _ input: Input, _ output: Output?) -> [State] {
        switch (input, output) {
        case (.read, nil): [state]
        case (.read, .value(let value, let version)?):
            value == state.value && (version ?? state.version) == state.version ? [state] : []
        case (.write(let value), _): written(value, state, output)
        case (.writeIf(let version, let value), _):
            conditional(version == state.version, value, state, output)
        case (.compareAndSet(let expected, let value), _):
            conditional(expected == state.value, value, state, output)
        case (.read, .written?), (.read, .mismatch?): []
        }
    }

    private func conditional(_ holds: Bool, _ value: Int, _ state: State, _ output: Output?) -> [State] {
        if holds { return written(value, state, output) }
        switch output {
        case .mismatch?, nil: return [state]
        case .value?, .written?: return []
        }
    }

    private func written(_ value: Int, _ state: State, _ output: Output?) -> [State] {
        let next = State(value: value, version: state.version &+ 1)
        switch output {
        case nil: return [next]
        case .written(let version)?: return (version ?? next.version) == next.version ? [next] : []
        case .value?, .mismatch?: return []
        }
    }
}
