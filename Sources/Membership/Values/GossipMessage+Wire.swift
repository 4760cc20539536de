public import Primitives

extension MemberMetadata: WireValue {
    public func encode(into writer: inout ByteWriter) {
        writer.write(address)
        writer.write(zone)
        writer.write(version)
        writer.write(load)
        writer.write(bytes: leads)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        address = try Self.text(&reader)
        zone = try Self.text(&reader)
        version = try Self.text(&reader)
        load = try reader.read(UInt16.self)
        leads = try reader.readBytes()
        guard leads.count <= Self.leadsLimit else { throw .tooLong(leads.count) }
    }

    private static func text(_ reader: inout ByteReader) throws(WireError) -> String {
        let text = try reader.readString()
        guard text.utf8.count <= textLimit else { throw .tooLong(text.utf8.count) }
        return text
    }
}

extension MemberNews: WireValue {
    public func encode(into writer: inout ByteWriter) {
        writer.write(member.name)
        writer.write(incarnation)
        switch word {
        case .alive(let metadata):
            writer.write(UInt8(1))
            writer.write(metadata)
        case .suspect(let accuser):
            writer.write(UInt8(2))
            writer.write(accuser.name)
        case .dead(let accuser):
            writer.write(UInt8(3))
            writer.write(accuser.name)
        case .left: writer.write(UInt8(4))
        }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        member = try reader.readNode()
        incarnation = try reader.read(UInt64.self)
        switch try reader.read(UInt8.self) {
        case 1: word = .alive(try reader.read())
        case 2: word = .suspect(by: try reader.readNode())
        case 3: word = .dead(by: try reader.readNode())
        case 4: word = .left
        case let tag: throw .unknownTag("word about a member", Int(tag))
        }
    }
}

extension GossipMessage: WireValue {
    public func encode(into writer: inout ByteWriter) {
        switch body {
        case .ping(let number):
            writer.write(UInt8(1))
            writer.write(number)
        case .ack(let number):
            writer.write(UInt8(2))
            writer.write(number)
        case .pingRequest(let number, let target):
            writer.write(UInt8(3))
            writer.write(number)
            writer.write(target.name)
        case .nack(let number):
            writer.write(UInt8(4))
            writer.write(number)
        case .gossip: writer.write(UInt8(5))
        case .sync(let members, let wantsAnswer):
            writer.write(UInt8(6))
            writer.write(members)
            writer.write(wantsAnswer)
        }
        writer.write(news)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 1: body = .ping(number: try reader.read(UInt64.self))
        case 2: body = .ack(number: try reader.read(UInt64.self))
        case 3: body = .pingRequest(number: try reader.read(UInt64.self), target: try reader.readNode())
        case 4: body = .nack(number: try reader.read(UInt64.self))
        case 5: body = .gossip
        case 6:
            let members = try reader.readList(MemberNews.self, limit: Self.membersLimit)
            body = .sync(members: members, wantsAnswer: try reader.readFlag())
        case let tag: throw .unknownTag("message of the membership", Int(tag))
        }
        news = try reader.readList(limit: Self.newsLimit)
    }
}

extension ByteReader {
    fileprivate mutating func readNode() throws(WireError) -> NodeID {
        let name = try readString()
        guard !name.isEmpty, name.utf8.count <= MemberMetadata.textLimit else { throw .tooLong(name.utf8.count) }
        return NodeID(name)
    }
}
