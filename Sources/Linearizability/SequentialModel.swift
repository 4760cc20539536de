/// What an object would do if its operations came one after another: the specification that a history is held against.
///
/// Steps may have several outcomes, since clients see only a part of what decides them: ``step(_:_:_:)`` gives every
/// state that the object may be in afterwards. A model must allow a step of unknown output wherever it allows it with
/// some output; an operation that is not carried out at all needs no step.
public protocol SequentialModel: Sendable {
    associatedtype State: Hashable, Sendable
    associatedtype Input: Sendable
    associatedtype Output: Sendable

    /// The state before the first operation.
    var initial: State { get }

    /// Every state after an operation that was carried out in `state`.
    /// - Parameter output: what the client was answered; `nil` if it has no answer.
    /// - Returns: no state if the object would not have answered this; the order of the states is of no matter.
    func step(_ state: State, _ input: Input, _ output: Output?) -> [State]
}
