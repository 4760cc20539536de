package import HummingbirdCore
package import Logging
package import NIOCore
package import SecureTransport

/// Puts TLS in front of another kind of connection.
package struct SecureChannel<Base: ServerChildChannel>: ServerChildChannel {
    package typealias Value = Base.Value

    private let base: Base
    private let context: TLSContext

    package init(base: Base, context: TLSContext) {
        self.base = base
        self.context = context
    }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(try context.makeServerHandler())
        }.flatMap { base.setup(channel: channel, logger: logger) }
    }

    package func handle(value: Value, logger: Logger) async { await base.handle(value: value, logger: logger) }
}
