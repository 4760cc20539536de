public import Cluster
public import NIOCore
public import Primitives

/// Runs entity code on a SwiftNIO event loop, beside the sockets of the same loop.
public final class NIOEntityLoop: EntityLoop {
    public let eventLoop: any EventLoop

    public init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    public var isCurrent: Bool { eventLoop.inEventLoop }

    public func execute(_ work: @escaping @Sendable () -> Void) { eventLoop.execute(work) }

    public func schedule(after delay: Span, _ work: @escaping @Sendable () -> Void) {
        eventLoop.scheduleTask(in: .microseconds(max(0, delay.microseconds)), work)
    }
}
