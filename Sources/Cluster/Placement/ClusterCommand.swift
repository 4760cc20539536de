public import Primitives

/// What the registry of the cluster is asked.
public enum ClusterCommand: EntityCommand, Equatable {
    /// The cluster begins with this map; every later one is refused.
    case found(ShardMap)
    /// The map, if it is newer than this epoch.
    case map(since: UInt64)
    /// A node tells of itself.
    case announce(NodeID, NodeProfile)
    /// A node that is no member wants to be one, and shows a token with this digest.
    case join(NodeID, NodeProfile, digest: [UInt8])
    /// Whoever shows this token may join.
    case admit(JoinToken)
    /// Nobody may join with this token any more.
    case revoke(token: String)
    /// The tokens that still hold.
    case tokens
    /// Newer forms may be written; there is no way back.
    case raise(floor: UInt32)
    /// A group's leader tells how far it is in carrying out a decision.
    case reached(ShardID, MoveStage, decision: UInt64)
    /// One replica of a group goes to another node.
    case move(ShardID, from: NodeID, to: NodeID)
    /// Another of its nodes should lead a group.
    case prefer(ShardID, NodeID)
    /// Even out replicas and leaders, and bytes where the sizes of all shards are told; with `isDryRun` only say how.
    case rebalance(isDryRun: Bool, concurrent: Int, limit: Int, sizes: [UInt64])
    /// Empty a node.
    case drain(NodeID)
    case undrain(NodeID)
    /// Take an empty node out of the cluster.
    case remove(NodeID)
    /// Put what a lost node kept on others.
    case replace(NodeID)
    case cancel(operation: UInt64)
    /// All that are kept, without their steps.
    case operations
    /// One with its steps.
    case operation(UInt64)
    case due

    public typealias Reply = ClusterReply
    public static var kind: EntityKind { .cluster }
    public static var method: UInt16 { 7 }

    public var isRead: Bool {
        switch self {
        case .map, .operations, .operation, .tokens: true
        case .rebalance(let isDryRun, _, _, _): isDryRun
        default: false
        }
    }
}

/// Why the registry does not do as asked. Nothing has changed.
public enum ClusterRefusal: UInt8, Sendable, Equatable, CustomStringConvertible {
    case notFounded = 1
    case unknownNode = 2
    case unknownShard = 3
    case notAReplica = 4
    case alreadyThere = 5
    case isMoving = 6
    case isDraining = 7
    case isNotDraining = 8
    case isNotEmpty = 9
    case unknownOperation = 10
    case isOver = 11
    case tooManyOperations = 12
    case lastNode = 13
    case noRoom = 14
    case otherDisk = 15
    case nameTaken = 16
    case addressTaken = 17
    case unknownToken = 18
    case expiredToken = 19
    case tokenOfAnother = 20
    case outsideFloor = 21
    case tooManyNodes = 22
    case tooManyTokens = 23
    case cannotRaise = 24
    case onlyLearns = 25
    case onlyVote = 26

    public var description: String {
        switch self {
        case .notFounded: "the cluster is not founded yet; wait until a majority of its nodes is up"
        case .unknownNode: "no such node in the cluster; `tandemctl cluster members` lists them"
        case .unknownShard: "no such shard; `tandemctl shards list` lists them"
        case .notAReplica: "the node keeps no replica of the shard; `tandemctl shards show` lists those that do"
        case .alreadyThere: "the node keeps a replica of the shard already"
        case .isMoving: "the shard is moving; wait for its operation (`tandemctl operations list`) or cancel it"
        case .isDraining: "the node is being emptied; undrain it first"
        case .isNotDraining: "the node is not being emptied; drain it first"
        case .isNotEmpty: "the node still keeps replicas; drain it and wait until that is done"
        case .unknownOperation: "no such operation; `tandemctl operations list` lists them"
        case .isOver: "the operation has ended already"
        case .tooManyOperations: "too many operations are under way; wait for one to end or cancel one"
        case .noRoom: "there is no other node for what it keeps; it has to come back, or the cluster needs one more"
        case .otherDisk:
            "the node is a member with another disk; if its data is gone, replace it (`tandemctl node replace`), remove it and "
                + "let it join anew"
        case .nameTaken:
            "a node of that name is a member already, with another disk; if its data is gone, replace it (`tandemctl node "
                + "replace`) and remove it first; a new node needs a name and a certificate of its own"
        case .addressTaken: "another member has that address; correct `listen` or `advertise`"
        case .unknownToken:
            "the token is not known, was used or was revoked; make another with `tandemctl join-token create`"
        case .expiredToken: "the token has expired; make another with `tandemctl join-token create`"
        case .tokenOfAnother: "the token is for another node; make one with `tandemctl join-token create`"
        case .outsideFloor: "the node's build cannot read or write what the cluster's version floor asks for"
        case .tooManyNodes: "the cluster has had as many nodes as it can have"
        case .tooManyTokens:
            "too many join tokens hold; revoke some (`tandemctl join-token revoke`) or wait for them to expire"
        case .cannotRaise:
            "the floor only rises, and to no more than what every member can read; `tandemctl version-floor show` lists that"
        case .onlyLearns:
            "the node only learns the shard, of which two nodes keep one vote; move the vote there (`tandemctl shards move`)"
        case .onlyVote:
            "the node has the only vote of some shards, which nobody can give away without it; start it with its disk, or drain it "
                + "while it runs"
        case .lastNode: "the cluster needs a node that is not being emptied"
        }
    }
}

/// What the registry answers.
public enum ClusterReply: EntityMessage, Equatable {
    case done
    case refused(ClusterRefusal)
    /// Nil when the asker's map is the newest.
    case map(ShardMap?)
    case operation(Operation)
    /// Newest first.
    case operations([OperationSummary])
    case plan([Operation.Step])
    case tokens([JoinToken])
}

extension ClusterCommand {
    public func encode(into writer: inout ByteWriter) {
        switch self {
        case .found(let map):
            writer.write(UInt8(1))
            writer.write(map)
        case .map(let epoch):
            writer.write(UInt8(2))
            writer.write(epoch)
        case .announce(let node, let profile):
            write(3, node, into: &writer)
            writer.write(profile)
        case .reached(let shard, let stage, let decision):
            writer.write(UInt8(4))
            writer.write(shard.number)
            writer.write(stage.rawValue)
            writer.write(decision)
        case .move(let shard, let from, let to):
            writer.write(UInt8(5))
            writer.write(shard.number)
            writer.write(from.name)
            writer.write(to.name)
        case .prefer(let shard, let node):
            writer.write(UInt8(6))
            writer.write(shard.number)
            writer.write(node.name)
        case .rebalance(let isDryRun, let concurrent, let limit, let sizes):
            writer.write(UInt8(7))
            writer.write(isDryRun)
            writer.writeCount(concurrent)
            writer.writeCount(limit)
            writer.writeCount(sizes.count)
            for size in sizes { writer.writeVariable(size) }
        case .drain(let node): write(8, node, into: &writer)
        case .undrain(let node): write(9, node, into: &writer)
        case .remove(let node): write(10, node, into: &writer)
        case .replace(let node): write(11, node, into: &writer)
        case .cancel(let operation):
            writer.write(UInt8(12))
            writer.write(operation)
        case .operations: writer.write(UInt8(13))
        case .due: writer.write(UInt8(14))
        case .join(let node, let profile, let digest):
            write(15, node, into: &writer)
            writer.write(profile)
            writer.write(bytes: digest)
        case .admit(let token):
            writer.write(UInt8(16))
            writer.write(token)
        case .revoke(let token):
            writer.write(UInt8(17))
            writer.write(token)
        case .tokens: writer.write(UInt8(18))
        case .raise(let floor):
            writer.write(UInt8(19))
            writer.write(floor)
        case .operation(let number):
            writer.write(UInt8(20))
            writer.write(number)
        }
    }

    private func write(_ tag: UInt8, _ node: NodeID, into writer: inout ByteWriter) {
        writer.write(tag)
        writer.write(node.name)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 1: self = .found(try reader.read())
        case 2: self = .map(since: try reader.read(UInt64.self))
        case 3: self = .announce(try reader.readNode(), try reader.read())
        case 4:
            self = .reached(
                try reader.readGroup(), try MoveStage(from: &reader), decision: try reader.read(UInt64.self))
        case 5: self = .move(try reader.readGroup(), from: try reader.readNode(), to: try reader.readNode())
        case 6: self = .prefer(try reader.readGroup(), try reader.readNode())
        case 7:
            let isDryRun = try reader.readFlag()
            let concurrent = try reader.readCount(each: 0, limit: Operation.stepLimit)
            let limit = try reader.readCount(each: 0, limit: Operation.stepLimit)
            let count = try reader.readCount(each: 1, limit: Operation.stepLimit)
            var sizes: [UInt64] = []
            for _ in 0..<count { sizes.append(try reader.readVariable()) }
            self = .rebalance(isDryRun: isDryRun, concurrent: concurrent, limit: limit, sizes: sizes)
        case 8: self = .drain(try reader.readNode())
        case 9: self = .undrain(try reader.readNode())
        case 10: self = .remove(try reader.readNode())
        case 11: self = .replace(try reader.readNode())
        case 12: self = .cancel(operation: try reader.read(UInt64.self))
        case 13: self = .operations
        case 14: self = .due
        case 15: self = .join(try reader.readNode(), try reader.read(), digest: try reader.readBytes())
        case 16: self = .admit(try reader.read())
        case 17: self = .revoke(token: try reader.readString())
        case 18: self = .tokens
        case 19: self = .raise(floor: try reader.read(UInt32.self))
        case 20: self = .operation(try reader.read(UInt64.self))
        case let tag: throw .unknownTag("cluster command", Int(tag))
        }
    }
}

extension ClusterReply {
    public func encode(into writer: inout ByteWriter) {
        switch self {
        case .done: writer.write(UInt8(1))
        case .refused(let reason):
            writer.write(UInt8(2))
            writer.write(reason.rawValue)
        case .map(let map):
            writer.write(UInt8(3))
            writer.write(map)
        case .operation(let operation):
            writer.write(UInt8(4))
            writer.write(operation)
        case .operations(let operations):
            // 5 was a list of operations with their steps.
            writer.write(UInt8(8))
            writer.write(operations)
        case .plan(let steps):
            writer.write(UInt8(6))
            writer.write(steps)
        case .tokens(let tokens):
            writer.write(UInt8(7))
            writer.write(tokens)
        }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 1: self = .done
        case 2:
            let raw = try reader.read(UInt8.self)
            guard let reason = ClusterRefusal(rawValue: raw) else { throw .unknownTag("cluster refusal", Int(raw)) }
            self = .refused(reason)
        case 3: self = .map(try reader.readOptional())
        case 4: self = .operation(try reader.read())
        case 6: self = .plan(try reader.readList(limit: Operation.stepLimit))
        case 7: self = .tokens(try reader.readList(limit: ClusterState.tokensKept))
        case 8: self = .operations(try reader.readList(limit: ClusterState.operationsKept))
        case let tag: throw .unknownTag("cluster reply", Int(tag))
        }
    }
}

extension ByteReader {
    mutating func readNode() throws(WireError) -> NodeID { NodeID(try readString()) }
    mutating func readGroup() throws(WireError) -> ShardID { ShardID(try read(UInt32.self)) }
}
