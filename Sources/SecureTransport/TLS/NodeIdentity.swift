public import Primitives

/// What a node certificate says: which node of which cluster, written as `tandem://<cluster>/node/<id>`.
public struct NodeIdentity: Sendable, Hashable, CustomStringConvertible {
    public let cluster: String
    public let node: NodeID

    /// Names are 1 to 63 of `A-Z a-z 0-9 . _ -` and begin with a letter or digit.
    public static let nameLimit = 63

    /// - Returns: nil when a name has other characters or another length.
    public init?(cluster: String, node: NodeID) {
        guard Self.isName(cluster), Self.isName(node.name) else { return nil }
        self.cluster = cluster
        self.node = node
    }

    /// Reads the URI form; anything but exactly that form is refused.
    public init?(uri: String) {
        let scheme = "tandem://"
        guard uri.hasPrefix(scheme) else { return nil }
        let parts = uri.dropFirst(scheme.count).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1] == "node" else { return nil }
        self.init(cluster: String(parts[0]), node: NodeID(String(parts[2])))
    }

    public var uri: String { "tandem://\(cluster)/node/\(node.name)" }
    public var description: String { uri }

    static func isName(_ text: String) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        }
        let bytes = text.utf8
        guard let first = bytes.first, isAlphanumeric(first), bytes.count <= nameLimit else { return false }
        return bytes.allSatisfy { isAlphanumeric($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F }
    }
}
