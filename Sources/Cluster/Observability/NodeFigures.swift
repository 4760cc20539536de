public import Primitives

/// What a node tells of itself for operators and monitoring: everything since its start, at one moment.
public struct NodeFigures: Sendable, Equatable, WireValue {
    /// Names and versions may be so long, in bytes.
    public static let textLimit = 255
    private static let form: UInt8 = 2

    public var node: NodeID
    /// Of the program; empty when it was not told.
    public var version = ""
    /// What fails together with the node; empty when it was not told.
    public var zone = ""
    /// When the figures were taken, by the node's own clock.
    public var time = Instant.zero
    public var isDraining = false
    /// When the node's certificate ends; nil where it has none.
    public var certificateEnds: Instant?
    /// Nodes of the map to which every class of link is up, without the node itself, and how many there are.
    public var linked: UInt64 = 0
    public var peers: UInt64 = 0
    /// The map that the node follows.
    public var mapEpoch: UInt64 = 0
    public var log = LogFigures()
    public var disk = DiskFigures()
    public var membership = MembershipFigures()
    public var calls = CallFigures()
    public var links = LinkFigures()

    public init(node: NodeID) { self.node = node }

    /// Whole days until the certificate ends, negative when it has; nil where the node has none.
    public var certificateDaysLeft: Int64? {
        certificateEnds.map { ends in
            let left = (ends - time).microseconds
            let day = Span.seconds(86_400).microseconds
            return left >= 0 ? left / day : (left + 1) / day - 1
        }
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(Self.form)
        writer.write(node.name)
        writer.write(version)
        writer.write(zone)
        writer.write(time)
        writer.write(isDraining)
        writer.write(certificateEnds)
        for number in [linked, peers, mapEpoch] { writer.writeVariable(number) }
        writer.write(log)
        writer.write(disk)
        writer.write(membership)
        writer.write(calls)
        writer.write(links)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        let form = try reader.read(UInt8.self)
        guard form == Self.form else { throw .unknownTag("form of a node's figures", Int(form)) }
        node = NodeID(try Self.text(&reader))
        version = try Self.text(&reader)
        zone = try Self.text(&reader)
        time = try reader.readInstant()
        isDraining = try reader.readFlag()
        certificateEnds = try reader.readOptional(Instant.self)
        linked = try reader.readVariable()
        peers = try reader.readVariable()
        mapEpoch = try reader.readVariable()
        log = try LogFigures(from: &reader)
        disk = try DiskFigures(from: &reader)
        membership = try MembershipFigures(from: &reader)
        calls = try CallFigures(from: &reader)
        links = try LinkFigures(from: &reader)
    }

    private static func text(_ reader: inout ByteReader) throws(WireError) -> String {
        let text = try reader.readString()
        guard text.utf8.count <= textLimit else { throw .tooLong(text.utf8.count) }
        return text
    }
}
