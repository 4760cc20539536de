/// One operation on one object, as its client saw it.
public struct TimedOperation<Model: SequentialModel>: Sendable {
    public var input: Model.Input
    /// The answer; `nil` if it is not known.
    public var output: Model.Output?
    /// When the client began it, in any unit of one clock.
    public var invoked: Int64
    /// When the client had the answer; `nil` if the outcome is unknown: it may take effect at any time after
    /// ``invoked``, or never.
    public var completed: Int64?

    public init(_ input: Model.Input, _ output: Model.Output?, invoked: Int64, completed: Int64?) {
        self.input = input
        self.output = output
        self.invoked = invoked
        self.completed = completed
    }
}
