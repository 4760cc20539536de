/// The folder of one node, checked to be the right one.
enum DataDirectory {
    /// Makes a new directory, or checks the identity of one in use. The identity is written last, so that a directory
    /// with one is complete.
    /// - Parameter mustExist: the node is known to have had data: an empty directory is then a wiped one.
    static func open(_ disk: any Disk, identity: NodeIdentity, mustExist: Bool) throws(LogError) {
        guard identity.cluster.utf8.count <= NodeIdentity.nameLimit, identity.node.utf8.count <= NodeIdentity.nameLimit
        else { throw .invalidSettings("the names of cluster and node have at most \(NodeIdentity.nameLimit) bytes") }
        if let found = try read(disk) {
            guard found == identity else { throw .foreign(found: "\(found)", expected: "\(identity)") }
            let names = try LogError.onDisk { () throws(DiskError) in try disk.list("") }
            for name in [LogPath.log, LogPath.snapshots, LogPath.votes] where !names.contains(name) {
                throw .wiped("the data directory of \(identity) has lost its \(name)")
            }
            return
        }
        let leftovers = try contents(disk)
        guard leftovers.isEmpty else {
            throw .wiped("the data directory has no identity, but \(leftovers.joined(separator: ", "))")
        }
        guard !mustExist else { throw .wiped("the data directory of \(identity) is empty, and was not before") }
        try create(disk, identity)
    }

    /// The identity of a directory, or `nil` where there is none.
    package static func read(_ disk: any Disk) throws(LogError) -> NodeIdentity? {
        let bytes: [UInt8]
        do {
            let file = try disk.open(LogPath.identity, creating: false)
            defer { file.close() }
            bytes = try file.read(at: 0, count: 2 * NodeIdentity.nameLimit + 64)
        } catch .notFound {
            return nil
        } catch {
            throw .disk(error)
        }
        return try NodeIdentity(file: bytes)
    }

    /// What a directory without identity holds that a creation cut short does not explain.
    private static func contents(_ disk: any Disk) throws(LogError) -> [String] {
        try LogError.onDisk { () throws(DiskError) in
            var found: [String] = []
            for folder in [LogPath.log, LogPath.snapshots] {
                found += try disk.list(folder).map { "\(folder)/\($0)" }
            }
            guard try disk.list("").contains(LogPath.votes) else { return found }
            let votes = try disk.open(LogPath.votes, creating: false)
            defer { votes.close() }
            let begin = UInt64(VoteFile.blockOffset(0))
            let blocks = try votes.read(at: begin, count: 2 * LogLimits.page)
            if !blocks.isZero(in: blocks.indices) { found.append(LogPath.votes) }
            return found
        }
    }

    private static func create(_ disk: any Disk, _ identity: NodeIdentity) throws(LogError) {
        try LogError.onDisk { () throws(DiskError) in
            try disk.createDirectory(LogPath.log)
            try disk.createDirectory(LogPath.snapshots)
            let votes = try disk.open(LogPath.votes, creating: true)
            defer { votes.close() }
            try VoteFile.format(votes, identity: identity)
            let file = try disk.open(LogPath.identityPart, creating: true)
            defer { file.close() }
            try file.write(identity.bytes, at: 0)
            try file.sync()
            try disk.rename(LogPath.identityPart, to: LogPath.identity)
            try disk.syncDirectory("")
        }
    }
}
