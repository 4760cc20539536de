public import Primitives

extension CentreState {
    /// The newest version of the state's form.
    static let stateVersion: UInt8 = 1

    /// Version 1: every document and every removal with its version, each kind by id.
    public func encodeState(into writer: inout ByteWriter) {
        writer.write(Self.stateVersion)
        writer.writeVariable(version)
        writer.writeVariable(origin)
        Self.write(skills, into: &writer) { $1.write($0) }
        Self.write(queues, into: &writer) { $1.write($0) }
        Self.write(agents, into: &writer) { $1.write($0) }
        Self.write(members, into: &writer) { $1.write($0) }
        writer.writeCount(membershipVersions.count)
        for (agent, version) in membershipVersions.sorted(by: { $0.key < $1.key }) {
            writer.write(agent)
            writer.writeVariable(version)
        }
        writer.writeCount(removed.count)
        for (_, removal) in removed.sorted(by: { $0.key < $1.key }) {
            writer.writeVariable(removal.version)
            writer.write(removal.document)
        }
    }

    private static func write<ID: Comparable & WireValue, Document>(
        _ documents: [ID: Versioned<Document>], into writer: inout ByteWriter,
        _ write: (Document, inout ByteWriter) -> Void
    ) {
        writer.writeCount(documents.count)
        for (id, versioned) in documents.sorted(by: { $0.key < $1.key }) {
            writer.write(id)
            writer.writeVariable(versioned.version)
            write(versioned.document, &writer)
        }
    }

    public init(key: String, decodingState reader: inout ByteReader) throws(WireError) {
        try reader.readStateVersion(of: Self.kind, newest: Self.stateVersion)
        self.init(key: key)
        version = try reader.readVariable()
        origin = try reader.readVariable()
        skills = try Self.read(&reader) { (reader) throws(WireError) in try reader.read(SkillDocument.self) }
        queues = try Self.read(&reader) { (reader) throws(WireError) in try reader.read(QueueSettings.self) }
        agents = try Self.read(&reader) { (reader) throws(WireError) in try reader.read(AgentSettings.self) }
        members = try Self.read(&reader) { (reader) throws(WireError) in
            try reader.readList(AgentID.self, limit: QueueSettings.memberLimit)
        }
        for _ in 0..<(try reader.readCount(each: 2)) {
            let agent = try reader.read(AgentID.self)
            membershipVersions[agent] = try reader.readVariable()
        }
        for _ in 0..<(try reader.readCount(each: 3)) {
            let version = try reader.readVariable()
            let what = try reader.read(CentreChange.What.self)
            guard what.isRemoval else { throw .unknownTag("removal", 0) }
            removed[what.name] = Versioned(version: version, document: what)
        }
    }

    private static func read<ID: Hashable & WireValue, Document>(
        _ reader: inout ByteReader, _ read: (inout ByteReader) throws(WireError) -> Document
    ) throws(WireError) -> [ID: Versioned<Document>] {
        var documents: [ID: Versioned<Document>] = [:]
        for _ in 0..<(try reader.readCount(each: 3)) {
            let id = try reader.read(ID.self)
            let version = try reader.readVariable()
            documents[id] = Versioned(version: version, document: try read(&reader))
        }
        return documents
    }
}
