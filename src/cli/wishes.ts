/** Who to be in a chat and where to go, as far as the command line says. */
export interface Wishes {
  readonly name: string | undefined;
  readonly room: string | undefined;
}
