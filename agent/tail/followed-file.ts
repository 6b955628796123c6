import type { Content } from './content.ts';
import { FileView } from './file-view.ts';
import type { FoundFile } from './found-file.ts';
import { type FilePosition, fileKey } from './identity.ts';
import { isPacked } from './open-content.ts';
import { Progress } from './progress.ts';
import { Standing } from './standing.ts';

/**
 * What is known of one file that is followed: which file it is, where it is by now, how far it was
 * read, and what the last look has shown of it.
 */
export class FollowedFile {
  readonly progress: Progress;
  readonly view: FileView;
  readonly standing = new Standing();
  /** Null while it is closed. */
  content: Content | null = null;
  /** From this moment on (monotonic clock) it is worth serving: not before it was seen at all. */
  dueMs = Number.POSITIVE_INFINITY;
  #key: string;
  #path: string;

  /** `source` is null for a new file: its id is made when it is opened. */
  constructor(source: string | null, position: FilePosition, skipsFirstLine: boolean) {
    this.progress = new Progress(source, position, skipsFirstLine);
    this.view = new FileView(position.offset);
    this.#key = fileKey(position);
    this.#path = position.path;
  }

  get key(): string {
    return this.#key;
  }

  /** Where it is now, as far as known. */
  get path(): string {
    return this.#path;
  }

  get position(): FilePosition {
    return this.progress.position;
  }

  /** Bytes not handed out yet, as last seen. */
  get backlog(): number {
    return this.view.backlogFrom(this.position.offset);
  }

  /** Whether there may be a whole line to hand out. */
  get hasUnread(): boolean {
    return this.view.hasUnread(this.position.offset);
  }

  /**
   * It was found where it is wanted, maybe under another name than before; `isAnew`: it is
   * compressed, was read to its end, and is known to be written anew.
   */
  seenAs(file: FoundFile, isAnew: boolean): void {
    this.progress.seenAt(file.path, isAnew);
    this.standing.found();
    this.#foundAt(file);
  }

  /** It was found where it was last. */
  stillAt(file: FoundFile): void {
    if (this.standing.state === 'rotated') this.#foundAt(file);
    else this.seenAs(file, false);
  }

  /** It was found where rotation has put it, maybe as another file: compressed. */
  movedTo(file: FoundFile): void {
    if (file.key !== this.#key) {
      this.#key = file.key;
      this.progress.learn({ dev: String(file.stats.dev), ino: String(file.stats.ino) });
      this.progress.announceAgain();
      this.view.distrust();
    }
    this.#foundAt(file);
    this.rotate();
  }

  rotate(): void {
    this.standing.rotated();
    this.dueMs = 0;
  }

  /** Its content is another than what was read of it. */
  startAnew(): void {
    this.progress.startAnew();
    this.view.mayHaveLines();
    this.dueMs = 0;
  }

  #foundAt({ path, stats }: FoundFile): void {
    if (path !== this.#path) this.standing.moved();
    this.#path = path;
    this.progress.bornAt(stats.birthtimeNs);
    if (this.content !== null) {
      if (this.view.differs(stats)) this.dueMs = 0;
      return;
    }
    const isTouched = this.view.notes(stats);
    if (!isPacked(path)) this.view.size = Number(stats.size);
    // What was read to its end is not unpacked again to see that.
    else if (isTouched && Number(stats.size) !== this.position.packed) this.view.mustUnpack();
    if ((isTouched && !isPacked(path)) || this.hasUnread) this.dueMs = 0;
  }
}
