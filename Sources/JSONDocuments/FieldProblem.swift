/// One thing that is wrong with a request body.
package struct FieldProblem: Sendable, Equatable {
    /// Where: a JSON pointer into the body (RFC 6901); empty for all of it.
    package let pointer: String
    package let detail: String

    package init(_ pointer: String, _ detail: String) {
        self.pointer = pointer
        self.detail = detail
    }
}
