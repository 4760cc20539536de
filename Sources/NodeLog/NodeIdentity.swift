/// Whose a data directory is.
public struct NodeIdentity: Sendable, Equatable, CustomStringConvertible {
    public let cluster: String
    public let node: String
    /// Given to the directory when it is made: another one in its place has another, and its replicas are others.
    public let generation: UInt64

    public init(cluster: String, node: String, generation: UInt64) {
        self.cluster = cluster
        self.node = node
        self.generation = generation
    }

    public var description: String { "node \(node) of cluster \(cluster), generation \(generation)" }

    /// Whose directory this is; nil where there is none yet.
    public static func kept(on disk: any Disk) throws(LogError) -> NodeIdentity? { try DataDirectory.read(disk) }

    static let magic: UInt32 = 0x4449_4454  // "TDID"
    static let formatVersion: UInt32 = 1
    /// A name of a cluster or node, in UTF-8.
    static let nameLimit = 1_024

    /// The identity file (docs/log-format.md, "identity").
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(little: Self.magic)
        bytes.append(little: Self.formatVersion)
        bytes.append(little: generation)
        for name in [cluster, node] {
            bytes.append(little: UInt32(name.utf8.count))
            bytes.append(contentsOf: Array(name.utf8))
        }
        bytes.append(little: CRC32C.checksum(bytes))
        return bytes
    }

    /// Names the owner in the header of every other file.
    package var checksum: UInt32 { CRC32C.checksum(bytes) }

    init(file bytes: [UInt8]) throws(LogError) {
        let version = bytes.little32(at: 4)
        guard bytes.count >= 28, bytes.count <= 28 + 2 * Self.nameLimit, bytes.little32(at: 0) == Self.magic,
            bytes.little32(at: bytes.count - 4) == CRC32C.checksum(bytes, in: 0..<bytes.count - 4)
        else { throw .damaged(LogPath.identity) }
        guard version == Self.formatVersion else {
            throw .unsupportedVersion(file: LogPath.identity, version: version)
        }
        generation = bytes.little64(at: 8)
        var place = 16
        var names: [String] = []
        for _ in 0..<2 {
            let length = Int(bytes.little32(at: place))
            guard length <= bytes.count - 4 - (place + 4),
                let name = String(validating: bytes[place + 4..<place + 4 + length], as: UTF8.self)
            else { throw .damaged(LogPath.identity) }
            names.append(name)
            place += 4 + length
        }
        guard place == bytes.count - 4 else { throw .damaged(LogPath.identity) }
        cluster = names[0]
        node = names[1]
    }
}
