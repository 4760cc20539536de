/// Who leads the registry of the cluster, in words.
package enum RegistryText {
    /// - Parameter cluster: the answer to `GET /cluster`.
    package static func line(_ cluster: JSONValue) -> String {
        guard case .string(let leader)? = cluster["registryLeader"] else {
            return "Nobody is known to lead the registry: no shard is moved and no node joins until somebody does."
        }
        return TextTable.printable("The registry is led by \(leader).")
    }
}
