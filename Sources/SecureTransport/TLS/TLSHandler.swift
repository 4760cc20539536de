public import NIOCore
public import Primitives

/// TLS for one channel: ciphertext towards the socket, `ByteBuffer`s of plain text towards the handlers above.
///
/// Stands first in the pipeline. `channelActive` is held back until the peer is verified, so that nothing above ever
/// sees an unverified peer; what is written earlier waits, up to ``heldBackLimit``. All writes of one flush are joined
/// into records of at most 16 KiB. A connection that ends without the peer's notice gives ``TLSError/truncated``.
/// Errors are fired up the pipeline; the handler closes the channel itself, after its alert is out.
/// The channel's writability is the back-pressure: TLS keeps nothing once a flush has been made.
public final class TLSHandler: ChannelDuplexHandler {
    public typealias InboundIn = ByteBuffer
    public typealias InboundOut = ByteBuffer
    public typealias OutboundIn = IOData
    public typealias OutboundOut = ByteBuffer

    /// A handshake that takes longer fails.
    public static let handshakeTimeout = Span.seconds(10)
    /// Bytes that may be written before the handshake ends.
    public static let heldBackLimit = 1 << 20
    /// How long a closing side waits for its last bytes to leave, or for the other side to have read an alert.
    static let lingerTimeout = TimeAmount.seconds(1)
    /// Plain text that is encrypted in one go; larger flushes are cut, so that memory stays bounded.
    private static let pieceSize = 128 << 10

    private enum State {
        case idle
        case handshaking
        case up
        /// Goodbye said or heard; only the channel's end is missing.
        case closing
        case failed
        /// The session went to another channel; this one only closes.
        case released
    }

    private struct HeldWrite {
        var buffer: ByteBuffer
        var promise: EventLoopPromise<Void>?
    }

    private let session: TLSSession
    private let timeout: Span
    private var state: State
    private var held: [HeldWrite] = []
    private var heldCount = 0
    private var isFlushWanted = false
    private var isEncrypting = false
    private var joined = ByteBuffer()
    private var handshakeTimer: Scheduled<Void>?
    private var didDeliver = false
    private var peerSaidGoodbye = false
    private var isOutputClosed = false
    private var isLingering = false

    init(session: TLSSession, handshakeTimeout: Span) {
        self.session = session
        timeout = handshakeTimeout
        state = .idle
    }

    /// Goes on with a session whose handshake was done on another channel.
    init(continuing session: TLSSession) {
        self.session = session
        timeout = Self.handshakeTimeout
        state = .up
    }

    /// The peer's node identity, once it is verified; nil for peers without a certificate.
    public var peer: NodeIdentity? { session.peer }

    /// Gives the session away. This handler's channel must then be closed; no notice is sent on it.
    func release() -> TLSSession {
        state = .released
        return session
    }

    // MARK: Start

    public func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { start(context) }
    }

    public func channelActive(context: ChannelHandlerContext) {
        if state == .up {
            context.fireChannelActive()
        } else {
            start(context)
        }
    }

    private func start(_ context: ChannelHandlerContext) {
        guard state == .idle else { return }
        state = .handshaking
        handshakeTimer = context.eventLoop.assumeIsolated().scheduleTask(in: .microseconds(timeout.microseconds)) {
            if self.state == .handshaking { self.fail(context, .handshakeTimedOut) }
        }
        advanceHandshake(context)
    }

    private func advanceHandshake(_ context: ChannelHandlerContext) {
        let progress = session.handshake()
        if case .failed(let error) = progress { return fail(context, error) }
        sendCiphertext(context)
        switch progress {
        case .done:
            state = .up
            handshakeTimer?.cancel()
            context.fireChannelActive()
            if isFlushWanted, state == .up { encrypt(context) }
        case .closed: fail(context, .truncated)
        case .waiting, .failed: context.read()
        }
    }

    // MARK: Inbound

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard state == .handshaking || state == .up else { return }  // whatever comes after the end is dropped
        let ciphertext = unwrapInboundIn(data)
        session.feed(ciphertext)
        if state == .handshaking { advanceHandshake(context) }
        if state == .up { decrypt(context, expecting: ciphertext.readableBytes) }
    }

    private func decrypt(_ context: ChannelHandlerContext, expecting count: Int) {
        var buffer = context.channel.allocator.buffer(capacity: count + 512)
        let progress = session.read(into: &buffer)
        sendCiphertext(context)
        if buffer.readableBytes > 0 {
            didDeliver = true
            context.fireChannelRead(wrapInboundOut(buffer))
        }
        guard state == .up else { return }
        switch progress {
        case .done, .waiting: break
        case .closed:
            peerSaidGoodbye = true
            close(context: context, mode: .all, promise: nil)
        case .failed(let error): fail(context, error)
        }
    }

    public func channelReadComplete(context: ChannelHandlerContext) {
        // Without this a reader that asks for each read itself would wait for ever behind half a record.
        if !didDeliver, state == .up { context.read() }
        didDeliver = false
        if state != .handshaking { context.fireChannelReadComplete() }
    }

    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed, state == .up || state == .handshaking {
            fail(context, .truncated)
        }
        context.fireUserInboundEventTriggered(event)
    }

    public func channelInactive(context: ChannelHandlerContext) {
        handshakeTimer?.cancel()
        let wasCut = (state == .up && !peerSaidGoodbye) || state == .handshaking
        if state != .released { state = .failed }
        failHeld(ChannelError.ioOnClosedChannel)
        if wasCut { context.fireErrorCaught(TLSError.truncated) }
        context.fireChannelInactive()
    }

    public func handlerRemoved(context: ChannelHandlerContext) {
        handshakeTimer?.cancel()
        failHeld(ChannelError.ioOnClosedChannel)
    }

    // MARK: Outbound

    public func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .byteBuffer(let buffer) = unwrapOutboundIn(data) else {
            promise?.fail(TLSError.unsupportedWrite)
            return
        }
        guard !isOutputClosed else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        switch state {
        case .idle, .handshaking:
            guard heldCount + buffer.readableBytes <= Self.heldBackLimit else {
                promise?.fail(TLSError.tooMuchHeldBack(Self.heldBackLimit))
                return
            }
        case .up: break
        case .closing, .failed, .released:
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        heldCount += buffer.readableBytes
        held.append(HeldWrite(buffer: buffer, promise: promise))
    }

    public func flush(context: ChannelHandlerContext) {
        isFlushWanted = true
        if state == .up { encrypt(context) }
    }

    /// Encrypts and sends what is held. A flush from inside (by somebody who hears that the channel's writability
    /// changed) must not put its bytes between the pieces of this one, so it only marks that there is more.
    private func encrypt(_ context: ChannelHandlerContext) {
        guard !isEncrypting else { return }
        isEncrypting = true
        defer { isEncrypting = false }
        while isFlushWanted, state == .up {
            isFlushWanted = false
            var batch: [HeldWrite] = []
            swap(&batch, &held)
            heldCount = 0
            let promise = joinPromises(of: batch)
            if batch.count == 1 {
                encryptPieces(of: batch[0].buffer, context)
            } else {
                encryptJoined(batch, context)
            }
            writeCiphertext(context, promise: promise)
            context.flush()
        }
    }

    private func joinPromises(of batch: [HeldWrite]) -> EventLoopPromise<Void>? {
        var first: EventLoopPromise<Void>?
        for case .some(let promise) in batch.lazy.map(\.promise) {
            if let first { first.futureResult.cascade(to: promise) } else { first = promise }
        }
        return first
    }

    private func encryptJoined(_ batch: [HeldWrite], _ context: ChannelHandlerContext) {
        joined.clear()
        for write in batch {
            joined.writeImmutableBuffer(write.buffer)
            if joined.readableBytes >= Self.pieceSize {
                encryptPieces(of: joined, context)
                joined.clear()
            }
        }
        encryptPieces(of: joined, context)
        if joined.capacity > 4 * Self.pieceSize { joined = ByteBuffer() }
    }

    private func encryptPieces(of buffer: ByteBuffer, _ context: ChannelHandlerContext) {
        var offset = 0
        while offset < buffer.readableBytes, state == .up {
            let count = min(Self.pieceSize, buffer.readableBytes - offset)
            let progress = buffer.withUnsafeReadableBytes { raw in
                session.write(UnsafeRawBufferPointer(rebasing: raw[offset..<offset + count]))
            }
            guard progress == .done else {
                if case .failed(let error) = progress { return fail(context, error) }
                return fail(context, .failed("a record could not be written"))
            }
            offset += count
            if offset < buffer.readableBytes { writeCiphertext(context, promise: nil) }
        }
    }

    private func writeCiphertext(_ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        var buffer = context.channel.allocator.buffer(capacity: session.outputCount)
        session.drain(into: &buffer)
        context.write(wrapOutboundOut(buffer), promise: promise)
    }

    private func sendCiphertext(_ context: ChannelHandlerContext) {
        guard session.outputCount > 0, !isEncrypting else { return }
        writeCiphertext(context, promise: nil)
        context.flush()
    }

    // MARK: End

    public func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if isLingering, mode == .all {
            return context.channel.closeFuture.cascade(to: promise)
        }
        guard state == .up, mode != .input else {
            return context.close(mode: mode, promise: promise)
        }
        session.sayGoodbye()
        if mode == .output {
            isOutputClosed = true
            sendCiphertext(context)
            return context.close(mode: .output, promise: promise)
        }
        state = .closing
        failHeld(ChannelError.ioOnClosedChannel)
        let goodbye = context.eventLoop.makePromise(of: Void.self)
        let isolated = context.eventLoop.assumeIsolated()
        let linger = isolated.scheduleTask(in: Self.lingerTimeout) { goodbye.succeed() }
        // The last bytes leave before the socket closes, unless the peer does not read them.
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.cascade(to: goodbye)
        goodbye.futureResult.assumeIsolated().whenComplete { _ in
            linger.cancel()
            context.close(mode: .all, promise: promise)
        }
        writeCiphertext(context, promise: written)
        context.flush()
    }

    /// Sends the alert, tells the handlers above, and closes once the peer had the chance to read the alert: a socket
    /// closed with unread bytes in it is reset, and the reset would overtake the alert.
    private func fail(_ context: ChannelHandlerContext, _ error: TLSError) {
        guard state == .handshaking || state == .up else { return }
        state = .failed
        isLingering = true
        handshakeTimer?.cancel()
        failHeld(error)
        if session.outputCount > 0 {
            writeCiphertext(context, promise: nil)
            context.flush()
        }
        context.close(mode: .output, promise: nil)
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.lingerTimeout) {
            self.isLingering = false
            if context.channel.isActive { context.close(mode: .all, promise: nil) }
        }
        context.read()
        context.fireErrorCaught(error)
    }

    private func failHeld(_ error: any Error) {
        var batch: [HeldWrite] = []
        swap(&batch, &held)
        heldCount = 0
        for write in batch { write.promise?.fail(error) }
    }
}
