import Cluster
import NIOCore
import NIOPosix
import Primitives

/// One connection between two nodes, above TLS: hello and welcome, then frames until it ends.
final class LinkHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    enum Role {
        case dialling(LinkSlot)
        case accepting(peers: PeerTable)
        /// Accepted on another loop; the hello has been checked there.
        case continuing(LinkSlot, Hello)
    }

    private enum Phase {
        case awaitingHello
        case up(LinkSlot)
        /// Only the channel's end is missing; what comes is dropped.
        case over
    }

    /// Bytes that the accepting side takes before the link is up; behind a welcome any number may follow at once.
    private static let firstFrameLimit = 4_096 + Frame.headerSize
    /// How long a refused peer may take to read why.
    private static let lingerTimeout = TimeAmount.seconds(1)

    private let connection: UInt64
    private let role: Role
    private let tls: TLSHandler
    private let environment: LinkEnvironment
    private var phase = Phase.awaitingHello
    private var decoder = FrameDecoder()
    private var bytesBeforeUp = 0
    private var helloTimer: Scheduled<Void>?
    private var holdsPlace: Bool

    init(connection: UInt64, role: Role, tls: TLSHandler, environment: LinkEnvironment) {
        self.connection = connection
        self.role = role
        self.tls = tls
        self.environment = environment
        if case .accepting = role { holdsPlace = true } else { holdsPlace = false }
    }

    // MARK: Start

    func channelActive(context: ChannelHandlerContext) {
        switch role {
        case .dialling(let slot):
            write(Frame(.hello, payload: environment.hello(slot.linkClass).encoded), context)
            awaitHello(context)
        case .accepting: awaitHello(context)
        case .continuing(let slot, let hello): welcome(hello, slot, context)
        }
    }

    private func awaitHello(_ context: ChannelHandlerContext) {
        let patience = TimeAmount.microseconds(environment.configuration.handshakeTimeout.microseconds)
        helloTimer = context.eventLoop.assumeIsolated().scheduleTask(in: patience) {
            guard case .awaitingHello = self.phase else { return }
            self.refuse(.handshakeTimeout, "no hello came in time", context)
        }
    }

    private func write(_ frame: Frame, _ context: ChannelHandlerContext) {
        var writer = ByteWriter(reserving: Frame.headerSize + frame.payload.count)
        frame.encode(into: &writer)
        context.writeAndFlush(NIOAny(ByteBuffer(bytes: writer.bytes)), promise: nil)
    }

    // MARK: Frames

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .over = phase { return }
        let bytes = unwrapInboundIn(data)
        bytes.withUnsafeReadableBytes { decoder.append($0) }
        do {
            if case .awaitingHello = phase {
                bytesBeforeUp += bytes.readableBytes
                if case .accepting = role, bytesBeforeUp > Self.firstFrameLimit {
                    return refuse(.malformedHello, "the first frame is too large", context)
                }
                guard let first = try decoder.next() else { return }
                handleFirst(first, context)
            }
            if case .up(let slot) = phase, slot.carries(connection) {
                try deliver(slot, byteCount: bytes.readableBytes, context)
            }
        } catch {
            refuse(RefusalReason(error), "\(error)", context)
        }
    }

    private func deliver(
        _ slot: LinkSlot, byteCount: Int, _ context: ChannelHandlerContext
    ) throws(FrameError) {
        if slot.linkClass == .control { slot.pulse.beat() }
        var frames: [Frame] = []
        var stop: (RefusalReason, String)?
        var failure: FrameError?
        do {
            loop: while let frame = try decoder.next() {
                switch frame.type {
                case .ping: _ = slot.send(Frame(.pong, request: frame.request))
                case .pong: break
                case .hello, .welcome, .join, .joinAnswer:
                    stop = (.unexpectedFrame, "a \(frame.type) on a link that is up")
                    break loop
                case .refusal:
                    stop = (.refusedByPeer, Self.text(of: frame))
                    break loop
                case .call, .reply, .stream, .streamMark, .soft, .nodeCall, .nodeReply, .raft, .beat, .beatAnswer,
                    .snapshot, .snapshotAnswer, .gossip:
                    frames.append(frame)
                }
            }
        } catch {
            failure = error
        }
        environment.figures.countReceived(frames: frames.count, bytes: byteCount)
        if !frames.isEmpty { environment.delegate.received(frames, from: slot.node, on: slot.linkClass) }
        if let failure { throw failure }
        if let stop { refuse(stop.0, stop.1, context) }
    }

    // MARK: Hello

    private func handleFirst(_ frame: Frame, _ context: ChannelHandlerContext) {
        if frame.type == .refusal { return refuse(.refusedByPeer, Self.text(of: frame), context) }
        if frame.type == .join, case .accepting = role { return join(frame, context) }
        let dialled: LinkSlot?
        if case .dialling(let slot) = role { dialled = slot } else { dialled = nil }
        guard frame.type == (dialled == nil ? .hello : .welcome) else {
            return refuse(.unexpectedFrame, "a \(frame.type) before the link was up", context)
        }
        guard frame.payload.count <= HelloCheck.sizeLimit, let theirs = try? Hello(decoding: frame.payload),
            let certificate = tls.peer
        else { return refuse(.malformedHello, "the \(frame.type) cannot be read", context) }
        let peers: PeerTable?
        if case .accepting(let known) = role { peers = known } else { peers = nil }
        let check = HelloCheck(
            ours: environment.hello(theirs.linkClass), disk: { peers?.disk(of: $0) ?? dialled?.peer.disk })
        let refusal = check.refusal(
            of: theirs, certificate: certificate, dialled: dialled.map { ($0.node, $0.linkClass) })
        if let refusal { return refuse(refusal.reason, refusal.detail, context) }
        if let dialled { return goUp(dialled, theirs, context) }
        guard let slot = peers?[theirs.node]?.slot(theirs.linkClass) else { return }
        if slot.loop === context.eventLoop {
            welcome(theirs, slot, context)
        } else if bytesBeforeUp != Frame.headerSize + frame.payload.count {
            refuse(.unexpectedFrame, "bytes behind the hello, before the welcome", context)
        } else {
            move(to: slot, theirs, context)
        }
    }

    /// A node that is no member yet wants to be one: the registry decides, and the connection ends with its answer.
    private func join(_ frame: Frame, _ context: ChannelHandlerContext) {
        guard frame.payload.count <= JoinFrame.sizeLimit, let asked = try? JoinFrame(decoding: frame.payload),
            let certificate = tls.peer, let digest = try? JoinSecret.digest(asked.secret)
        else { return refuse(.malformedHello, "the request to join cannot be read", context) }
        let request = asked.request
        guard certificate.node == request.node, certificate.cluster == request.cluster,
            request.cluster == environment.configuration.hello.cluster
        else {
            let name = "node '\(request.node)' of '\(request.cluster)'"
            return refuse(.wrongName, "\(name) with the certificate of '\(certificate)'", context)
        }
        helloTimer?.cancel()
        // What else comes is dropped; the answer ends it.
        phase = .over
        guard environment.beginJoin() else {
            return answer(.notNow("this node is busy with others that want to join"), to: request.node, context)
        }
        let loop = context.eventLoop
        let answered = NIOLoopBound((self, context), eventLoop: loop)
        environment.delegate.join(request, digest: digest) { [environment] answer in
            environment.endJoin()
            loop.execute {
                let (handler, context) = answered.value
                handler.answer(answer, to: request.node, context)
            }
        }
    }

    private func answer(_ answer: JoinAnswer, to node: NodeID, _ context: ChannelHandlerContext) {
        leavePlace()
        guard context.channel.isActive else { return }
        if case .refused(let reason) = answer {
            environment.refusals.note(.joinRefused, peer: node.name, detail: reason)
        }
        write(Frame(.joinAnswer, payload: answer.encoded), context)
        closeSlowly(context)
    }

    private func welcome(_ hello: Hello, _ slot: LinkSlot, _ context: ChannelHandlerContext) {
        write(Frame(.welcome, payload: environment.hello(slot.linkClass).encoded), context)
        goUp(slot, hello, context)
    }

    private func goUp(_ slot: LinkSlot, _ hello: Hello, _ context: ChannelHandlerContext) {
        helloTimer?.cancel()
        leavePlace()
        phase = .up(slot)
        slot.pulse.beat()
        slot.up(connection, channel: context.channel, hello: hello)
    }

    /// The class of an accepted link is known only now, and a channel cannot change its loop: the socket and the TLS
    /// session go over to a new channel on the slot's loop. The peer sends nothing before the welcome.
    private func move(to slot: LinkSlot, _ hello: Hello, _ context: ChannelHandlerContext) {
        let copy: CInt
        do {
            copy =
                try context.channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
                    of: NIOBSDSocket.Handle.self
                ) { LinkSocket.duplicate($0) } ?? -1
        } catch {
            copy = -1
        }
        guard copy >= 0 else { return refuse(.other, "the socket could not change its loop", context) }
        helloTimer?.cancel()
        phase = .over
        let parcel = SessionParcel(tls.release())
        let connection = self.connection
        let environment = self.environment
        let closed = context.eventLoop.makePromise(of: Void.self)
        context.close(mode: .all, promise: closed)
        closed.futureResult.whenComplete { _ in
            ClientBootstrap(group: slot.loop)
                .linkOptions()
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let tls = TLSHandler(continuing: parcel.session)
                        let link = LinkHandler(
                            connection: connection, role: .continuing(slot, hello), tls: tls,
                            environment: environment)
                        try channel.pipeline.syncOperations.addHandlers([tls, link])
                    }
                }
                .withConnectedSocket(copy)
                .whenFailure { error in
                    environment.refusals.note(.other, peer: hello.node.name, detail: "\(error)")
                }
        }
    }

    static func text(of refusal: Frame) -> String {
        let printable = refusal.payload.prefix(256).map { (0x20...0x7E).contains($0) ? $0 : 0x3F }
        return String(decoding: printable, as: UTF8.self)
    }

    // MARK: End

    /// Tells the peer why, and closes once it had the chance to read it.
    private func refuse(_ reason: RefusalReason, _ detail: String, _ context: ChannelHandlerContext) {
        if case .over = phase { return }
        environment.refusals.note(reason, peer: peerName(context), detail: detail)
        end("\(reason.rawValue): \(detail)")
        if reason == .refusedByPeer { return context.close(promise: nil) }
        write(Frame(.refusal, payload: Array("\(reason.rawValue): \(detail)".utf8)), context)
        closeSlowly(context)
    }

    /// The peer has the chance to read what was written last.
    private func closeSlowly(_ context: ChannelHandlerContext) {
        context.close(mode: .output, promise: nil)
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.lingerTimeout) {
            if context.channel.isActive { context.close(promise: nil) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if case .over = phase { return }
        let tlsError = error as? TLSError
        // Without TLS's word for it, it is the socket's: a reset by the peer, for one.
        let reason = tlsError.map { RefusalReason($0) } ?? .truncated
        environment.refusals.note(reason, peer: peerName(context), detail: "\(error)")
        end("\(error)")
        if tlsError == nil { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end("the peer closed the connection")
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        helloTimer?.cancel()
        leavePlace()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if case .up(let slot) = phase, context.channel.isWritable { slot.flush() }
    }

    private func end(_ reason: String) {
        helloTimer?.cancel()
        leavePlace()
        let wasUp: LinkSlot?
        if case .up(let slot) = phase { wasUp = slot } else { wasUp = nil }
        phase = .over
        if let wasUp {
            wasUp.ended(connection, reason: reason)
        } else if case .dialling(let slot) = role {
            slot.ended(connection, reason: reason)
        }
    }

    private func leavePlace() {
        guard holdsPlace else { return }
        holdsPlace = false
        environment.leave()
    }

    private func peerName(_ context: ChannelHandlerContext) -> String {
        if let peer = tls.peer { return peer.node.name }
        if case .dialling(let slot) = role { return slot.node.name }
        return context.channel.remoteAddress?.ipAddress ?? "unknown address"
    }
}
