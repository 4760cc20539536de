import CLZ4

/// Writes one LZ4 frame piece by piece, with a checksum over the content.
final class LZ4Frame {
    /// The library refused; its own word for why.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static let piece = 64 << 10
    private let context: OpaquePointer
    private let sink: ([UInt8]) throws -> Void
    private var preferences = LZ4F_preferences_t()

    init(_ sink: @escaping ([UInt8]) throws -> Void) throws {
        var context: OpaquePointer?
        let code = LZ4F_createCompressionContext(&context, UInt32(LZ4F_VERSION))
        guard LZ4F_isError(code) == 0, let context else { throw Self.failure(code) }
        self.context = context
        self.sink = sink
        preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled
        try put(capacity: Int(LZ4F_HEADER_SIZE_MAX)) { LZ4F_compressBegin(context, $0, $1, &preferences) }
    }

    deinit { LZ4F_freeCompressionContext(context) }

    func write(_ bytes: [UInt8]) throws {
        var start = 0
        while start < bytes.count {
            let count = min(Self.piece, bytes.count - start)
            let from = start
            try put(capacity: LZ4F_compressBound(count, &preferences)) { target, capacity in
                bytes.withUnsafeBytes { raw in
                    LZ4F_compressUpdate(context, target, capacity, raw.baseAddress.map { $0 + from }, count, nil)
                }
            }
            start += count
        }
    }

    func finish() throws {
        try put(capacity: LZ4F_compressBound(0, &preferences)) { LZ4F_compressEnd(context, $0, $1, nil) }
    }

    private func put(capacity: Int, _ body: (UnsafeMutableRawPointer?, Int) -> Int) throws {
        var code = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, used in
            code = body(UnsafeMutableRawPointer(buffer.baseAddress), capacity)
            used = LZ4F_isError(code) == 0 ? code : 0
        }
        guard LZ4F_isError(code) == 0 else { throw Self.failure(code) }
        if !bytes.isEmpty { try sink(bytes) }
    }

    private static func failure(_ code: Int) -> Failure {
        Failure(description: "LZ4 refused: \(LZ4F_getErrorName(code).map { String(cString: $0) } ?? "unknown")")
    }
}
